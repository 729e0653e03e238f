#[derive(Clone, Debug)]
pub enum DirectoryAnswer { Read(String), NotAllowed, Unreachable }
