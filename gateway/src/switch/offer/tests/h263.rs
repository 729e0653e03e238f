//! R6.5, R6.6, R6.7: H.263 by level, by sizes, by neither, and by the mixes that handsets send.

use super::*;

/// Rule, encoding, parameters, `b=AS` in kilobits a second (0 for none); what may be sent: size, pictures
/// and bits a second; the parameters of the answer.
const PARAMETERS: &str = "\
R6.5 level 10 | H263-2000 | profile=0;level=10 | 85 | 176x144 15 64000 | profile=0;level=10
R6.5 level 45, Nokia's spaces | H263-2000 | profile=0; level=45 | 500 | 176x144 15 128000 | profile=0;level=45
RFC 4629 §8.1.1 in its own letters | H263-2000 | PROFILE=0;LEVEL=10 | 85 | 176x144 15 64000 | PROFILE=0;LEVEL=10
R6.5 level 20 has CIF when b= allows | H263-2000 | profile=0;level=20 | 171 | 352x288 15 128000 | profile=0;level=20
R6.5 level 20 is QCIF when it does not | H263-2000 | profile=0;level=20 | 85 | 176x144 15 78960 | profile=0;level=20
R6.5 level 30 | H263-2000 | profile=0;level=30 | 1000 | 352x288 30 384000 | profile=0;level=30
R6.5 level 40 | H263-2000 | profile=0;level=40 | 5000 | 352x288 30 768000 | profile=0;level=40
R6.5 level 50 | H263-2000 | profile=0;level=50 | 300 | 352x288 30 280000 | profile=0;level=50
R6.6 an unknown level is the lowest | H263-2000 | profile=0;level=99 | 500 | 176x144 15 64000 | profile=0;level=99
R6.6 PROFILE needs LEVEL | H263-2000 | profile=0 | 500 | 176x144 15 64000 | profile=0;level=10
R6.6 LEVEL alone is profile 0's | H263-2000 | level=45 | 500 | 176x144 15 128000 | profile=0;level=45
R6.6 the answerer must not change PROFILE | H263-2000 | profile=3;level=10 | 85 | 176x144 15 64000 | profile=3;level=10
R6.6 no parameters: QCIF at 15 | H263-2000 |  | 85 | 176x144 15 78960 | 
R6.6 no parameters and no b= | H263-2000 |  | 0 | 176x144 15 64000 | 
R6.6 the illegal mix | H263-2000 | profile=0;level=45;QCIF=2 | 500 | 176x144 15 128000 | profile=0;level=45
R6.6 the lesser of a mix | H263-2000 | profile=0;level=20;QCIF=3;CIF=4 | 85 | 176x144 10 78960 | profile=0;level=20
R6.6 a mix with nothing in common | H263-2000 | profile=0;level=10;CIF=2 | 85 | 176x144 15 64000 | profile=0;level=10
R6.6 sizes | H263-1998 | QCIF=2 | 85 | 176x144 15 78960 | QCIF=2
R6.6 sizes, CIF at 7 is less than QCIF at 30 | H263-1998 | CIF=4;QCIF=1 | 500 | 176x144 30 466480 | CIF=4;QCIF=1
R6.6 CIF where b= allows | H263-1998 | CIF=2;QCIF=1 | 171 | 352x288 15 159600 | CIF=2;QCIF=1
R6.6 SQCIF alone | H263-1998 | SQCIF=2 | 85 | 128x96 15 78960 | SQCIF=2
R6.6 MAXBR in hundreds | H263-1998 | QCIF=2;MAXBR=640 | 500 | 176x144 15 64000 | QCIF=2;MAXBR=640
R6.6 CUSTOM and options are not ours | H263-1998 | CUSTOM=640,480,2;QCIF=2;F=1;J=1;I=1;T=1 | 85 | 176x144 15 78960 | QCIF=2
R6.6 an interval beyond 32 is none | H263-1998 | CIF=0;QCIF=33 | 85 | 176x144 15 78960 | 
R6.7 baresip's 4CIF and options | H263 | F=1;CIF=1;CIF4=1 | 512 | 352x288 30 477680 | CIF=1
R6.7 payload type 34 by itself | H263 |  | 85 | 176x144 15 78960 | 
";

/// R6.6.
#[test]
fn parameters_of_h263_say_what_a_peer_is_sent_and_are_answered_in_their_own_form() {
    for row in PARAMETERS.lines() {
        let [rule, encoding, parameters, kilobits, expected, answered] = columns(row);
        let fmtp = match parameters {
            "" => String::new(),
            parameters => format!("a=fmtp:96 {parameters}\r\n"),
        };
        let lines = format!("a=rtpmap:96 {encoding}/90000\r\n{fmtp}a=recvonly\r\n");
        let offer = at_rate(&handset("96", &lines), kilobits);
        let (answer, plan) =
            answer_plain(&offer, end(), WebCodec::Vp8, Direction::SendOnly).unwrap();
        assert_eq!(shown(plan.to_peer.unwrap().limit), expected, "{rule}");
        let written = &answer.media[0].payload_types[0];
        assert_eq!(written.parameters.to_string(), answered, "{rule}");
        assert_eq!(written.encoding, encoding, "{rule}");
    }
}

#[test]
fn for_a_browser_without_h264_h263_comes_first_in_the_order_of_its_names() {
    let all = "a=rtpmap:100 H263-1998/90000\r\na=fmtp:100 QCIF=2\r\n\
        a=rtpmap:101 H263-2000/90000\r\na=fmtp:101 profile=3;level=45\r\n\
        a=rtpmap:102 H263-2000/90000\r\na=fmtp:102 profile=0;level=10\r\n\
        a=rtpmap:103 H263-2000/90000\r\na=fmtp:103 profile=0;level=45\r\n\
        a=rtpmap:98 H264/90000\r\na=fmtp:98 profile-level-id=42900B\r\n";
    let larger = "a=rtpmap:98 H264/90000\r\na=fmtp:98 profile-level-id=42e00c\r\n";
    for (rule, formats, lines, bandwidth, expected) in [
        (
            "R1.15 the 2000 before the 1998, highest level, no options",
            "34 100 101 102 103 98",
            all,
            128,
            103,
        ),
        (
            "R6.6 options only where there is nothing else of it",
            "34 100 101 98",
            all,
            128,
            101,
        ),
        ("R1.15 the 1998 before the old", "34 100 98", all, 128, 100),
        ("R6.7 the old before what is dearer", "98 34", all, 128, 34),
        ("R6.11 H.264 alone is transcoded", "98", all, 128, 98),
        (
            "larger pictures are worth the work",
            "34 98",
            larger,
            512,
            98,
        ),
        (
            "at the rate of a small one they are not",
            "34 98",
            larger,
            85,
            34,
        ),
    ] {
        let offer = handset(formats, lines);
        let text = String::from_utf8(offer.to_bytes()).unwrap();
        let text = text.replace("b=AS:85", &format!("b=AS:{bandwidth}"));
        let offer = Description::parse(text.as_bytes()).unwrap();
        let (answer, _) = answer_plain(&offer, end(), WebCodec::Vp8, Direction::SendRecv).unwrap();
        assert_eq!(answer.media[0].payload_types[0].number, expected, "{rule}");
    }
}
