### The voice call that shares go beside.

# The name of the bar.
bar = Your phone call
on-the-phone = On the phone with { $who }
on-hold = { $who } is on hold
conference = On the phone with { $who } and others
by-network = Your network says so
hold = On hold
hold-name = { $who } is on hold now
resume = Back
resume-name = You talk to { $who } again
alone = Just us two
alone-name = You talk to { $who } alone again
others = Others joined
others-name = Others joined the call with { $who }
ended = Ended
ended-name = The call with { $who } has ended

say = I’m on the phone with { $who }

barred-held = { $who } is on hold. You can show something when you talk again.
barred-conference = Others are on the call with { $who }. You can show something when you two talk alone.
not-on-a-call = You are not on a call with { $who }.
no-call-with-somebody = You are not on a call with them.

willing = May others show you something?
willing-yes = They may ask
willing-no = Not now

links-title = Links of telephone numbers
links-here = Open them here
links-asked = Your browser may ask you now. After that, a number you press on any page opens here.
links-refused = Your browser does not let this page open such links.

said-started = On the phone with { $who }.
said-held = { $who } is on hold.
said-conference = Others joined the call with { $who }.
said-ended = The call has ended.

# Why a share ended: with the call, by its hold, by others in it.
share-ended = The call ended
share-held = The call is on hold
share-conference = Others joined the call
after-out = Your camera is off. { $who } was told.
after-in = { $who } was told.
