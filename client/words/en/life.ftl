### What happens to a page in its browser.

slow = The network is slow. Still trying…
lost-out = { $who } sees your last picture until there is another. You can also show your screen or a film, or stop.
dark = Your camera gives no picture right now. Another program may be using it, or it is switched off.
dark-out = { $who } sees your last picture.
