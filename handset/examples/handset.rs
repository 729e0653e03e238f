//! The handset as a program of its own, without the gateway.

use clap::Parser;

#[derive(Parser)]
struct Arguments {
    #[command(flatten)]
    options: handset::Options,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    handset::run(Arguments::parse().options).await
}
