//! What the network may say of voice calls, right or wrong, one event a line: the table stays whole.

use std::time::{Duration, Instant};

use sidecam_gateway::switch::call_context::{CallContext, News, Rules};

/// Any bytes, told one line after the other.
pub fn tell(bytes: &[u8]) {
    let rules = Rules {
        events_per_second: 0,
        ..Rules::default()
    };
    let mut context = CallContext::new(rules);
    let now = Instant::now();
    for (line, at) in bytes.split(|byte| *byte == b'\n').zip(0u64..) {
        let now = now + Duration::from_secs(at * 600);
        context.handle_timeout(now);
        let Ok(news) = News::read(line) else {
            continue;
        };
        let [one, other] = news.between.clone();
        // One that is refused changes nothing.
        let _ = context.hear(news, now);
        let two = [one.clone(), other.clone()];
        let talks = context.of(&one).iter().any(|(with, _)| *with == other);
        assert_eq!(context.between(&two).is_some(), talks);
        assert!(context.of(&one).len() <= 8 && context.of(&other).len() <= 8);
    }
    let end = context.poll_timeout();
    // It may wake once more than it has to.
    assert!(end.is_some() || context.count() == 0);
    if let Some(mut end) = end {
        end += rules.expires * 2;
        context.handle_timeout(end);
        assert_eq!(context.count(), 0);
    }
}
