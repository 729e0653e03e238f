### Around the picture that one watches, and what the device does beside the page. $who is the other person.

full = Full screen
full-leave = Leave full screen
float = In a small window
float-leave = Back into the page

good =
    .title = Good picture
    .next = Nothing holds it back.
their-phone-out =
    .title = As good as { $who }’s phone can show
    .next = Both networks could carry more.
their-phone-in =
    .title = As good as { $who }’s phone can send
    .next = Both networks could carry more.
my-network =
    .title = Limited by your network
    .next = Parts of the picture get lost or late on your side. Go nearer to your router or to a window, or use a cable.
their-network =
    .title = Limited by { $who }’s network
    .next = Your side is fine. It gets better once { $who } has better reception.
my-device =
    .title = Limited by this device
    .next = It can’t keep up with the pictures. Close other programs or tabs.
measuring =
    .title = Measuring…
    .next = It takes a few seconds until there is something to say.

figures-open = How good the picture is
figures-title = The last two minutes
figures-close = Close
figures-when = When
figures-ago = { $seconds } seconds ago
figures-now = Now
figures-rate = Data
figures-frames = Pictures
figures-lost = Lost
rate = { $rate } kbit/s
frames = { $rate } a second
lost = { $share } %

ring = When somebody asks
ring-on = Ring
ring-off = Stay silent
ring-listen = Listen to it
tell = When you look elsewhere
tell-on = Tell me
tell-off = Don’t
tell-refused = This browser does not let the page tell you. Allow notifications for this page in its settings, left of the address.
tell-next-time = Tell me next time
told-next-time = You will be told, whatever you look at.
loudspeaker = Sound comes from
loudspeaker-own = Like this device

notice-watch =
    .title = { $who } wants to show you their camera
    .next = Press to watch. Your own camera stays off.
notice-talk =
    .title = { $who } is calling
    .next = Press to answer.

past-missed = You did not answer
past-why = { $what } · { $why }
past-gone = Its details are not kept
past-turn-to = Turn to { $who }
past-clear = Clear the list
