//! What goes over the wire and comes back: RTP, RTCP, payload formats, sessions.

#![allow(clippy::unwrap_used, reason = "helpers of tests are tests")]

mod amr;
mod feedback;
mod golden;
mod h263;
mod h263plus;
mod h264;
mod h264_stream;
mod keyframe;
mod mp4v;
mod network;
mod orientation;
mod pacer;
mod packet;
mod reorder;
mod rtcp;
mod session;
mod telephone_event;
mod vp8;
