### The page as a whole. Its messages are fields of `Words` itself.

product = Sidecam
tagline = They see what you see.
promise = You are on the phone with someone. Slide your camera open, and they see it live, on whatever phone they have.
somebody = Someone

sign-in-title = Sign in
sign-in-name = Name
sign-in-password = Password
sign-in = Sign in
signing-in = Signing in…
sign-out = Sign out
show-password = Show
hide-password = Hide
password-kept = Your password stays in this tab and is gone when you close it.

state-signed-out = Signed out
state-registered = Ready
state-reconnecting = Reconnecting…
state-failed = Not signed in
reconnecting-note = The connection is gone. We keep trying; you can look around meanwhile.

place-call = Call
place-people = People
place-me = Me
places = Places

people-title = People
people-find = Name or number
people-empty-title = Nobody here yet
people-empty = Type a number above to share with it, or add somebody. Others who have a sign-in here show up by themselves.
people-none-found = Nobody by that name or number.
people-loading = Looking who is there…
online = Online
offline = Not online
share = Share
share-with = Share your camera with { $who }

stage = Stage
stage-idle-title = Who should see it?
stage-idle = Choose a person. You see your own camera first; nothing is sent until you say so.

slot-name = Camera cover
slot-name-live = Camera cover. Closing it stops.
slot-closed = Slide to open your camera
slot-hint = Only you see it
slot-opening = Opening your camera…
slot-preview = Your camera. Only you see this.
slot-close = Close
slot-stop = Stop
show = Show { $who }
show-closed-hint = Open your camera first. Nothing is sent yet.
show-open-hint = Nothing is sent until you press the button.
show-offline-hint = This works again as soon as the connection is back.

calling = Asking { $who }…
ringing = { $who } is being asked…
calling-note = Nothing is sent until they accept.
live-to = Live to { $who }
live-note = { $who } sees your camera.
reconnecting = Reconnecting…
reconnecting-out = The connection broke. { $who } may see a still picture until it is back.
reconnecting-in = The connection broke. The picture may stand still until it is back.
paused-out = { $who } paused it
paused-in = { $who } paused
paused-note = It goes on when { $who } wants it to.
moved-note = You were put through to { $who }.
watching = Watching { $who }
waiting = Waiting for { $who }’s picture…
frozen = { $who }’s picture stands still. Waiting for it to go on…
stop = Stop
stop-asking = Stop asking
stop-watching = Stop watching
picture-of = Live picture from { $who }
stats-size = { $width } × { $height }

incoming-title = wants to show you their camera
incoming-note = Your own camera stays off.
watch = Watch
not-now = Not now

try-again = Try again
done = Done
lasted = It lasted { $time }.

camera-try-again = Try again

me-number = Your number
me-title = Me
me-open = Settings and recent
me-close = Close
appearance = Appearance
theme-auto = Like this device
theme-light = Light
theme-dark = Dark
recent = Recent
recent-empty = What you show and watch is listed here.
past-shown-out = Saw your camera · { $time }
past-shown-in = Showed you their camera · { $time }
past-not-now = Asked you to watch · not now

said-registered = You are signed in.
said-ringing = { $who } is being asked.
said-live = Live. { $who } sees your camera.
said-reconnecting = The connection broke. Reconnecting.
said-asked = { $who } wants to show you their camera.

## The languages of this page.

language = Language
language-auto = Like this browser
language-unreachable = That language could not be fetched. Check your connection, then choose it again.
