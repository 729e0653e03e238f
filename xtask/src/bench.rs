pub fn run(_workspace: &crate::workspace::Workspace, _json: bool) -> anyhow::Result<()> {
    Ok(())
}
