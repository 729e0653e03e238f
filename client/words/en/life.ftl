### What happens to a page in its browser.

slow = The network is slow. Still trying…
lost-out = { $who } sees your last picture until there is another. You can also show your screen or a film, or stop.
dark = Your camera gives no picture right now. Another program may be using it, or it is switched off.
dark-out = { $who } sees your last picture.

elsewhere-title = Sidecam is open in another tab
elsewhere = You are signed in there as { $name }, and there others reach you.
elsewhere-with = It shares with { $who } now; that ends if you go on here.
elsewhere-sign-in = Sign in to go on here instead.
take-over = Go on here
taken-title = Sidecam went on in another tab
taken = You can close this one, or sign in to have it here again.

unfinished-out = You were showing { $who } your camera when this page was loaded anew. They were told that it ended.
unfinished-in = You were watching { $who } when this page was loaded anew. They were told that it ended; ask them to show it again.
rejoin = Open your camera again
forget = All right

part-coming = One moment…
part-missing =
    .title = A piece of this page did not come
    .next = Check your connection, then try again. If it stays so, reload the page.
