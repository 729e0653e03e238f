//! (R9.1) The models there are, and how they are recognised.

use super::super::OnOptions;
use super::*;

fn all() -> Models {
    Models::built_in().unwrap()
}

fn signs(agent: &str, tags: &[&str], lines: &[&str], encodings: &[&str]) -> Signs {
    let texts = |of: &[&str]| of.iter().map(|&text| text.to_owned()).collect();
    Signs {
        user_agent: (!agent.is_empty()).then(|| agent.to_owned()),
        feature_tags: texts(tags),
        session_attributes: texts(lines),
        encodings: texts(encodings),
    }
}

/// R9.1
#[test]
fn every_model_says_what_is_known_and_what_is_assumed_of_it() {
    let names: Vec<String> = all().names().map(str::to_owned).collect();
    let expected = [
        "nokia-6630",
        "nokia-6680",
        "nokia-n70",
        "nokia-5230",
        "operator-variant",
        "rcs-e",
        "ims-terminal",
    ];
    assert_eq!(names, expected);
    for model in all().iter() {
        assert!(!model.known.is_empty(), "{}", model.name);
        assert!(!model.assumed.is_empty(), "{}", model.name);
        assert!(!model.play.digest.is_empty(), "{}", model.name);
        let play = &model.play;
        let tags = play.feature_tags.iter().chain(&play.in_call_tags);
        assert!(tags.into_iter().any(|tag| tag == "+g.3gpp.cs-voice"));
    }
}

/// R9.1: what the gateway does for a model fits what the model plays.
#[test]
fn a_model_is_recognised_by_what_it_plays_and_can_use_what_it_is_offered() {
    for model in all().iter() {
        let play = &model.play;
        let agent = signs(&play.user_agent, &[], &[], &[]);
        let models = all();
        let (found, by) = models.recognise(&agent).unwrap();
        assert_eq!(
            (found.name.as_str(), by),
            (model.name.as_str(), By::UserAgent)
        );
        let offers = model.treat.offers.iter().flatten();
        let own: Vec<&str> = play
            .codecs
            .iter()
            .map(|codec| codec.encoding.name())
            .collect();
        let usable = offers.clone().any(|offer| own.contains(&offer.as_str()));
        assert!(offers.count() == 0 || usable, "{}", model.name);
        let wanted = &play.setup.wants;
        let given = &model.treat.session_attributes;
        assert!(
            wanted.iter().all(|line| given.contains(line)),
            "{}",
            model.name
        );
    }
}

/// R9.1
#[test]
fn what_names_no_model_is_known_by_tags_or_by_its_description() {
    let rtvs = ["X-application:com.nokia.rtvs"];
    let rts = ["application:com.gsma.rts", "type:videolive"];
    let cases = [
        (signs("nokian70/1", &[], &[], &[]), Some("nokia-n70")),
        (signs("Nokia", &[], &[], &[]), None),
        (
            signs("Other/1", &["+g.oma.sip-im", "audio"], &[], &[]),
            Some("rcs-e"),
        ),
        (signs("Other/1", &["+g.3gpp.cs-voice"], &[], &[]), None),
        (signs("", &[], &rtvs, &["H263-1998"]), Some("nokia-n70")),
        (
            signs("", &[], &rtvs, &["H263", "H263-2000"]),
            Some("nokia-6680"),
        ),
        (
            signs("", &[], &rtvs, &["H264", "H264", "H263-2000"]),
            Some("nokia-5230"),
        ),
        (signs("", &[], &rtvs, &["VP8"]), None),
        (signs("", &[], &rts, &["H264"]), Some("operator-variant")),
        (signs("", &[], &rts[..1], &["H264"]), None),
        (Signs::default(), None),
    ];
    for (signs, expected) in cases {
        let models = all();
        let found = models
            .recognise(&signs)
            .map(|(model, _)| model.name.as_str());
        assert_eq!(found, expected, "{signs:?}");
    }
}

#[test]
fn an_unknown_profile_is_refused_with_the_known_ones() {
    let error = all().named("n-gage").unwrap_err().to_string();
    assert!(
        error.starts_with("no profile n-gage; there are nokia-6630, nokia-6680, "),
        "{error}"
    );
}

/// R9.1: a model is added, and one replaced, without code.
#[test]
fn a_folder_of_the_operator_comes_before_what_is_built_in() {
    let folder = std::env::temp_dir().join(format!("profiles-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let base = include_str!("../../../profiles/nokia-6680.toml");
    let write = |file: &str, text: &str| std::fs::write(folder.join(file), text).unwrap();
    write(
        "own.toml",
        &base
            .replace("nokia-6680", "our-own")
            .replace("Nokia6680", "Ours"),
    );
    write(
        "changed.toml",
        &base.replace("[\"Nokia6680\"]", "[\"Nokia66\"]"),
    );
    write("note.txt", "not looked at");
    let models = Models::with_folder(&folder).unwrap();
    assert_eq!(models.names().count(), 8);
    let named = |agent: &str| {
        let found = models.recognise(&signs(agent, &[], &[], &[]));
        found.map(|(model, _)| model.name.clone())
    };
    assert_eq!(named("Ours/1").as_deref(), Some("our-own"));
    assert_eq!(named("Nokia6670/1").as_deref(), Some("nokia-6680"));
    assert_eq!(
        named("Nokia6630/1").as_deref(),
        Some("nokia-6630"),
        "the longer beginning wins"
    );
    write("twice.toml", &base.replace("nokia-6680", "our-own"));
    write("broken.toml", "name = 7");
    let errors = Models::with_folder(&folder).unwrap_err();
    let errors: Vec<String> = errors.iter().map(ToString::to_string).collect();
    assert_eq!(errors.len(), 2, "{errors:?}");
    assert!(
        errors[0].contains("broken.toml:1: name: invalid type"),
        "{errors:?}"
    );
    assert!(errors[1].contains("our-own too"), "{errors:?}");
    std::fs::remove_dir_all(&folder).unwrap();
    assert!(
        Models::with_folder(&folder).unwrap_err()[0]
            .to_string()
            .contains("profiles-")
    );
}

#[test]
fn an_answer_to_options_is_a_word_or_a_status() {
    assert_eq!("capable".parse(), Ok(OnOptions::Capable));
    assert_eq!("untagged".parse(), Ok(OnOptions::Untagged));
    assert_eq!("480".parse(), Ok(OnOptions::Status(480)));
    for wrong in ["", "200", "700", "yes"] {
        assert!(wrong.parse::<OnOptions>().is_err(), "{wrong}");
    }
}
