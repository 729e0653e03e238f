### A voice call in the page itself, and sound beside a share.

# The name of the bar.
bar = Your call
call = Call
call-name = Call { $who }
opening = Opening your microphone…
calling = Calling { $who }…
ringing = It rings at { $who }’s…
talking = Talking to { $who }
held-by-me = { $who } is on hold
held-by-them = { $who } put you on hold
reconnecting = Reconnecting to { $who }…
muted = Your microphone is off. { $who } does not hear you.
microphone-gone = Your microphone was taken away. { $who } does not hear you.
silenced = Your browser keeps { $who } silent until you say so.
listen = Let me hear

mute = Microphone off
unmute = Microphone on
hold = Hold
resume = Take back
keys = Keys
keys-close = Close keys
key = Key { $key }
hang-up = Hang up
stop-calling = Stop calling

incoming-title = is calling you
incoming-note = Your camera stays off.
answer = Answer

# Sound beside a share.
with-sound = With sound
without-sound = Sound off
sound-asking = Switching your microphone on…
sound-on = { $who } hears you too.
they-cannot = { $who }’s phone takes no sound beside pictures. They still see your camera.
hear-them = You hear { $who }.

said-asked = { $who } is calling you.
said-ringing = It rings at { $who }’s.
said-talking = Talking to { $who }.
said-muted = Your microphone is off.

## Why a call ended, and what to do next.

hung-up-by-me =
    .title = You hung up
    .next = Your microphone is off.
hung-up-by-them =
    .title = { $who } hung up
    .next = Your microphone is off.
out-declined =
    .title = { $who } did not take the call
    .next = Try again later.
out-busy =
    .title = { $who } is on another call
    .next = Try again later.
out-no-answer =
    .title = { $who } did not answer
    .next = Try again later.
out-not-found =
    .title = Nobody has that number
    .next = Check the number.
out-unavailable =
    .title = { $who }’s phone is off
    .next = Try again later.
out-cannot =
    .title = { $who }’s phone cannot talk to this page
    .next = Use your own phone for the call; the camera works beside it.
out-lost =
    .title = The connection was lost
    .next = Call again when you are online.
out-failed =
    .title = That did not work
    .next = Try again.
in-missed =
    .title = { $who } called
    .next = You can call back.
in-answered-elsewhere =
    .title = Answered elsewhere
    .next = Another device of yours took { $who }’s call.
in-lost =
    .title = The connection was lost
    .next = You can call back.
in-failed =
    .title = That did not work
    .next = You can call back.

microphone-refused =
    .title = Your microphone is blocked
    .next = Allow it beside the address of this page, then try again.
microphone-missing =
    .title = No microphone found
    .next = Plug one in, then try again.
microphone-busy =
    .title = Another program has your microphone
    .next = Close it there, then try again.
