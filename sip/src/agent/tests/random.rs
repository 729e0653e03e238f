//! What no script thought of: random sequences over a bad wire.
