### Those who see what one shows.

title = Who sees it
watching =
    { $count ->
        [0] Nobody is watching yet
        [one] One person is watching
       *[other] { $count } people are watching
    }
add = Add someone
add-done = Done
typed = Number or address
ask = Ask
typed-wrong = That is neither a phone number nor an address.
ask-person = Ask { $who } to watch too
remove = Stop showing { $who }

asked = Being asked…
rings = Their phone rings…
watches = Watching
left = Stopped watching
removed = You stopped showing them
declined = Said not now
busy = Is busy
no-answer = Did not answer
not-found = Nobody has this number
cannot-watch = Their phone cannot show it
full = No more people can watch
failed = Could not be asked
