### Both show each other something.

# On the card of somebody who sees one's camera already.
incoming-note = Your own camera stays as it is.
own-preview = Your side
offer = Show yours too
offer-hint = You see it first; nothing is sent until you say so.
close = Close your side
stop-showing = Stop showing
both-live = You and { $who } see each other’s pictures.
one-at-a-time = { $who }’s phone does one at a time
one-at-a-time-next = Watch first, and show yours when theirs is over.
no-call = It follows no call: it goes on until one of you stops it.
ask = Ask to see theirs too
asking = Asking { $who } to show theirs too…
wish-see-ours = { $who } would like to see yours too. Open your side when it suits you.
wish-show-theirs = { $who } wants to show you theirs too.
no-declined = { $who } would rather not show anything now. They still see yours.
no-answer = { $who } did not answer. They still see yours.
no-cannot = { $who }’s phone can only show or watch, not both at once. They still see yours.
correct-label = The right number
correct = Try this number
