### A camera, a screen and a film.

choose = What to show
camera = Camera
screen = Screen
film = Film…
open-screen = Slide to choose a screen or window
open-film = Slide to open { $name }
turn = Other camera
pause = Pause
play = Go on
again = From the beginning
at-its-end = The end. Its last picture stays.
silent = Pictures only; its sound stays here.
progress = { $at } of { $length }
sees-screen = { $who } sees what you chose of your screen.
sees-film = { $who } sees your film.
switching = Changing over…
no-screen =
    .title = Nothing was chosen
    .next = Try again, and pick a screen, a window or a tab in the browser’s own list.
screen-unknown =
    .title = This browser cannot show a screen
    .next = Open this page on a computer, or show your camera or a film.
unplayable =
    .title = This file has no pictures that can be played here
    .next = Choose another file; MP4 and WebM usually work.
