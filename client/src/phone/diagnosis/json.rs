//! RFC 8259, as far as it is written here.

/// An object that is being written.
#[derive(Default)]
pub(super) struct Object {
    text: String,
}

impl Object {
    pub(super) fn text(self, name: &str, value: &str) -> Self {
        self.put(name, &quoted(value))
    }

    pub(super) fn number(self, name: &str, value: u64) -> Self {
        self.put(name, &value.to_string())
    }

    pub(super) fn maybe(self, name: &str, value: Option<u64>) -> Self {
        match value {
            Some(value) => self.number(name, value),
            None => self,
        }
    }

    pub(super) fn yes(self, name: &str, value: bool) -> Self {
        self.put(name, if value { "true" } else { "false" })
    }

    pub(super) fn object(self, name: &str, value: Self) -> Self {
        self.put(name, &value.end())
    }

    /// A list of objects, one a line.
    pub(super) fn list(self, name: &str, values: impl IntoIterator<Item = Self>) -> Self {
        let values: Vec<String> = values.into_iter().map(Self::end).collect();
        self.put(name, &format!("[\n{}\n]", values.join(",\n")))
    }

    pub(super) fn end(self) -> String {
        format!("{{{}}}", self.text)
    }

    fn put(mut self, name: &str, value: &str) -> Self {
        if !self.text.is_empty() {
            self.text += ", ";
        }
        self.text += &quoted(name);
        self.text += ": ";
        self.text += value;
        self
    }
}

/// §7
fn quoted(text: &str) -> String {
    let mut quoted = String::from('"');
    for c in text.chars() {
        match c {
            '"' => quoted += "\\\"",
            '\\' => quoted += "\\\\",
            '\n' => quoted += "\\n",
            '\r' => quoted += "\\r",
            c if c < ' ' => quoted += &format!("\\u{:04x}", u32::from(c)),
            c => quoted.push(c),
        }
    }
    quoted + "\""
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::Object;

    proptest! {
        #[test]
        fn whatever_is_written_is_read_back(text in any::<String>(), number in 0..u64::from(u32::MAX)) {
            let inner = Object::default().text("text", &text).yes("yes", true);
            let written = Object::default()
                .maybe("number", Some(number))
                .maybe("none", None)
                .list("list", [inner])
                .end();
            let read: serde_json::Value = serde_json::from_str(&written).unwrap();
            prop_assert_eq!(read["list"][0]["text"].as_str(), Some(&text[..]));
            prop_assert_eq!(read["number"].as_u64(), Some(number));
            prop_assert!(read["none"].is_null());
        }
    }
}
