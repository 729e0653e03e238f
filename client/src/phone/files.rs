//! Pictures and films that a person keeps: what their files are called, and which shape they have.

/// A name that every system takes, whatever the other person is called. `when` is the local time, as
/// `2026-05-31 14.05.09`.
pub fn file_name(who: &str, when: &str, extension: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || matches!(c, ' ' | '-' | '+');
    let who: String = who.chars().filter(|c| plain(*c)).take(CHARACTERS).collect();
    match who.trim() {
        "" => format!("Sidecam {when}.{extension}"),
        who => format!("Sidecam {who} {when}.{extension}"),
    }
}

/// Enough to know who it is; a name is as long as its owner likes.
const CHARACTERS: usize = 40;

/// The size in which a picture of those pixels is shown. Handset pictures (QCIF, CIF, sub-QCIF) have
/// pixels wider than high and are shown at 4:3.
pub fn shown_size(width: u32, height: u32) -> (u32, u32) {
    match (width, height) {
        (176, 144) | (352, 288) | (704, 576) | (128, 96) => (height * 4 / 3, height),
        _ => (width, height),
    }
}

#[cfg(test)]
mod tests {
    use super::{file_name, shown_size};

    #[test]
    fn a_file_is_named_after_whom_it_shows() {
        let when = "2026-05-31 14.05.09";
        let long = "x".repeat(500);
        for (who, expected) in [
            ("Anna", "Sidecam Anna 2026-05-31 14.05.09.jpg".to_owned()),
            ("", "Sidecam 2026-05-31 14.05.09.jpg".to_owned()),
            (
                "../\\:*?\"<>|\0",
                "Sidecam 2026-05-31 14.05.09.jpg".to_owned(),
            ),
            (
                "+990 00001",
                "Sidecam +990 00001 2026-05-31 14.05.09.jpg".to_owned(),
            ),
            ("Tomás", "Sidecam Tomás 2026-05-31 14.05.09.jpg".to_owned()),
            (
                long.as_str(),
                format!("Sidecam {} {when}.jpg", "x".repeat(40)),
            ),
        ] {
            assert_eq!(file_name(who, when, "jpg"), expected);
        }
    }

    #[test]
    fn a_handsets_picture_is_kept_as_it_is_shown() {
        assert_eq!(shown_size(176, 144), (192, 144));
        assert_eq!(shown_size(352, 288), (384, 288));
        assert_eq!(shown_size(640, 480), (640, 480));
        assert_eq!(shown_size(0, 0), (0, 0));
    }
}
