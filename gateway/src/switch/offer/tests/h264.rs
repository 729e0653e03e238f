//! R6.8, R1.15, R1.18: H.264 by the meaning of its parameters.

use super::*;

/// Rule, parameters, `b=AS` in kilobits a second; what may be sent to their writer: size, pictures and
/// bits a second.
const LEVELS: &str = "\
R6.8 level 1b by the flag of Baseline | profile-level-id=42900B | 1000 | 176x144 15 128000
R6.8 level 1b with two flags | profile-level-id=42B00B | 1000 | 176x144 15 128000
R6.8 level 1b of constrained baseline | profile-level-id=42F00B | 1000 | 176x144 15 128000
R6.8 level 1b by level_idc 9 | profile-level-id=640009 | 1000 | 176x144 15 128000
R6.8 without the flag it is 1.1 | profile-level-id=42A00B | 1000 | 176x144 30 192000
R6.8 without the flag it is 1.1, too | profile-level-id=42E00B | 1000 | 176x144 30 192000
R6.8 the flag of High is another | profile-level-id=64100B | 1000 | 176x144 30 192000
R6.8 level 1 | profile-level-id=42E00A | 1000 | 176x144 15 64000
R2.6 level 1.2 | profile-level-id=42E00C | 1000 | 352x288 15 384000
R2.6 level 1.3 | profile-level-id=42E00D | 2000 | 352x288 30 768000
level 3.1 | profile-level-id=42801F | 4000 | 640x480 30 768000
RFC 6184 §8.1 absent is Baseline at level 1 |  | 1000 | 176x144 15 64000
RFC 6184 §8.1 nonsense is absent | profile-level-id=42900 | 1000 | 176x144 15 64000
R1.18 lower case and spaces | packetization-mode=1; profile-level-id=42900b | 1000 | 176x144 15 128000
R1.19 names without case | PROFILE-LEVEL-ID=42e00c | 1000 | 352x288 15 384000
R1.12 b=AS:85 without headers | profile-level-id=42e00c | 85 | 176x144 15 78960
R6.4 CIF is worth it from 128 kbit/s on | profile-level-id=42e00c | 138 | 352x288 15 128800
R6.4 below a quarter of that nothing is recognised | profile-level-id=42e00c | 10 | 176x144 15 20000
RFC 6184 §8.1 max-br | profile-level-id=42900B;max-br=300 | 1000 | 176x144 15 300000
RFC 6184 §8.1 max-fs and max-mbps | profile-level-id=42900B;max-fs=396;max-mbps=11880;max-br=384 | 1000 | 352x288 30 384000
RFC 6184 §8.1 less than the level is ignored | profile-level-id=42e00c;max-fs=99;max-mbps=1;max-br=1 | 1000 | 352x288 15 384000
";

#[test]
fn a_level_and_a_bandwidth_say_what_a_peer_is_sent() {
    for row in LEVELS.lines() {
        let [rule, parameters, kilobits, expected] = columns(row);
        let fmtp = match parameters {
            "" => String::new(),
            parameters => format!("a=fmtp:98 {parameters}\r\n"),
        };
        let lines = format!("a=rtpmap:98 H264/90000\r\n{fmtp}a=recvonly\r\n");
        let offer = at_rate(&handset("98", &lines), kilobits);
        let (_, plan) = answer_plain(&offer, end(), offered_h264(), Direction::SendOnly).unwrap();
        assert_eq!(shown(plan.to_peer.unwrap().limit), expected, "{rule}");
    }
}

#[test]
fn an_answer_repeats_profile_level_and_mode_and_nothing_else() {
    for (rule, offered, answered) in [
        (
            "R6.8 a handset's own words",
            "profile-level-id=42900B;packetization-mode=1",
            "profile-level-id=42900B;packetization-mode=1",
        ),
        (
            "R6.8 no parameter set is ours to repeat",
            "sprop-parameter-sets=Z0LADNoKD+k=,aM4yyA==;profile-level-id=42e00c;packetization-mode=1",
            "profile-level-id=42e00c;packetization-mode=1",
        ),
        (
            "RFC 6184 §8.2.2 levels may differ by direction",
            "profile-level-id=42e01f;level-asymmetry-allowed=1;packetization-mode=1",
            "profile-level-id=42e01f;packetization-mode=1;level-asymmetry-allowed=1",
        ),
        (
            "RFC 6184 §8.1 max- parameters are of their writer",
            "profile-level-id=42e00c;max-br=900;max-fs=396",
            "profile-level-id=42e00c",
        ),
        (
            "R6.8 mode 0 goes without saying",
            "profile-level-id=42900B",
            "profile-level-id=42900B",
        ),
        (
            "R1.19 what is none is not repeated",
            "profile-level-id=xyz;packetization-mode=0",
            "packetization-mode=0",
        ),
        ("nothing for nothing", "", ""),
    ] {
        let fmtp = match offered {
            "" => String::new(),
            parameters => format!("a=fmtp:98 {parameters}\r\n"),
        };
        let offer = handset("98", &format!("a=rtpmap:98 H264/90000\r\n{fmtp}"));
        let (answer, _) = answer_plain(&offer, end(), offered_h264(), Direction::SendRecv).unwrap();
        assert_eq!(
            answer.media[0].payload_types[0].parameters.to_string(),
            answered,
            "{rule}"
        );
    }
}

/// R1.15.
#[test]
fn of_several_h264_the_one_that_passes_with_the_highest_rate_is_answered() {
    let mode = |number: u8, id: &str, mode: &str| {
        format!("a=rtpmap:{number} H264/90000\r\na=fmtp:{number} profile-level-id={id}{mode}\r\n")
    };
    let (one, zero, two) = (";packetization-mode=1", "", ";packetization-mode=2");
    for (rule, formats, lines, expected) in [
        (
            "R1.15 mode 1 before mode 0",
            "97 98",
            mode(97, "42e01f", zero) + &mode(98, "42900B", one),
            98,
        ),
        (
            "R1.15 the highest rate",
            "97 98",
            mode(97, "42900B", one) + &mode(98, "42e00d", one),
            98,
        ),
        (
            "R6.8 interleaved mode is nobody's",
            "97 98",
            mode(97, "42e01f", two) + &mode(98, "42900B", zero),
            98,
        ),
        (
            "R6.8 what no browser has comes last",
            "97 98 34",
            mode(97, "640c1f", one) + &mode(98, "42900B", one),
            98,
        ),
        (
            "R6.8 a clock of its own is not H.264's",
            "97 98",
            "a=rtpmap:97 H264/8000\r\n".to_owned() + &mode(98, "42900B", one),
            98,
        ),
        (
            "RFC 3264 §6.1 of equals the offerer's first",
            "99 98",
            mode(99, "42900B", one) + &mode(98, "42900B", one),
            99,
        ),
    ] {
        let offer = handset(formats, &lines);
        let (answer, plan) =
            answer_plain(&offer, end(), offered_h264(), Direction::SendRecv).unwrap();
        assert_eq!(answer.media[0].payload_types[0].number, expected, "{rule}");
        assert_eq!(plan.from_peer[0].payload_type, expected, "{rule}");
    }
}

#[test]
fn a_profile_that_no_browser_has_is_offered_to_none() {
    for (rule, id, first) in [
        ("R6.8 baseline", "42900B", offered_h264()),
        (
            "R6.8 constrained baseline by Main's flag",
            "4d800c",
            offered_h264(),
        ),
        ("R6.8 Main", "4d000c", WebCodec::Vp8),
        ("R6.8 High", "64000c", WebCodec::Vp8),
    ] {
        let lines = format!("a=rtpmap:98 H264/90000\r\na=fmtp:98 profile-level-id={id}\r\n");
        let codecs = web_codecs_for_plain(&handset("98", &lines)).unwrap();
        assert_eq!(codecs[0], first, "{rule}");
        assert_eq!(codecs.len(), 2, "{rule}");
    }
}

#[test]
fn parameter_sets_of_a_description_are_kept_for_the_browser() {
    let sets = |sprop: &str| {
        let lines = format!(
            "a=rtpmap:98 H264/90000\r\na=fmtp:98 profile-level-id=42e00c;packetization-mode=1;sprop-parameter-sets={sprop}\r\n"
        );
        let (_, plan) = answer_plain(
            &handset("98", &lines),
            end(),
            offered_h264(),
            Direction::RecvOnly,
        )
        .unwrap();
        match &plan.from_peer[0].payload {
            payload::Format::H264 { parameter_sets, .. } => parameter_sets.clone(),
            other => panic!("{other:?}"),
        }
    };
    let sps = vec![0x67, 0x42, 0xc0, 0x0c];
    let pps = vec![0x68, 0xce, 0x32, 0xc8];
    for (rule, sprop, expected) in [
        (
            "R6.8 both kinds",
            "Z0LADA==,aM4yyA==",
            vec![sps.clone(), pps.clone()],
        ),
        (
            "R1.19 without padding, with a space",
            "Z0LADA, aM4yyA",
            vec![sps.clone(), pps],
        ),
        (
            "R6.8 what is no parameter set",
            "ZULADA==,!!,,Z0LADA==",
            vec![sps],
        ),
        ("R6.8 nothing", "", vec![]),
    ] {
        assert_eq!(sets(sprop), expected, "{rule}");
    }
    let many = vec!["Z0LADA=="; 100].join(",");
    assert_eq!(
        sets(&many).len(),
        8,
        "a description cannot make us hold any number"
    );
}
