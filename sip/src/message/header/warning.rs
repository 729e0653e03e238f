//! RFC 3261 §20.43: Warning, more of why than a status says.

use super::typed::list_header;
use crate::message::host::number;
use crate::message::lex::{self, SyntaxError};
use crate::message::text::Text;
use std::fmt;
use std::str::FromStr;

list_header! {
    /// All of a message.
    Warnings(Warning), "Warning"
}

/// `307 isi.edu "Session parameter 'foo' not understood"`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Warning {
    /// 100 to 999.
    code: u16,
    /// Who warns: a host, or a name instead of one. Without white space.
    agent: Text,
    pub text: Text,
}

impl Warning {
    /// # Errors
    /// The code hasn't three digits, or the agent is empty or has white space or a separator.
    pub fn new(code: u16, agent: &str, text: impl Into<Text>) -> Result<Warning, SyntaxError> {
        if !(100..1000).contains(&code) {
            return Err(SyntaxError::Number);
        }
        if agent.is_empty() || !agent.bytes().all(is_agent_byte) {
            return Err(SyntaxError::Host);
        }
        Ok(Warning {
            code,
            agent: Text::from(agent),
            text: text.into(),
        })
    }

    pub fn code(&self) -> u16 {
        self.code
    }

    pub fn agent(&self) -> &str {
        &self.agent
    }
}

impl FromStr for Warning {
    type Err = SyntaxError;

    /// # Errors
    /// Not a code, an agent and a quoted text.
    fn from_str(text: &str) -> Result<Warning, SyntaxError> {
        let (code, rest) = lex::trim(text)
            .split_once([' ', '\t'])
            .ok_or(SyntaxError::Empty)?;
        let (agent, rest) = lex::trim(rest)
            .split_once([' ', '\t'])
            .ok_or(SyntaxError::Empty)?;
        let rest = lex::trim(rest);
        if !rest.starts_with('"') {
            return Err(SyntaxError::Character);
        }
        let (text, rest) = lex::quoted(rest)?;
        if !lex::trim(rest).is_empty() {
            return Err(SyntaxError::Trailing);
        }
        let text = Text::new(text).map_err(|_| SyntaxError::Character)?;
        Warning::new(number(code)?, agent, text)
    }
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} ", self.code, self.agent)?;
        lex::write_quoted(f, &self.text)
    }
}

fn is_agent_byte(byte: u8) -> bool {
    byte.is_ascii_graphic() && !b",\"<>".contains(&byte)
}
