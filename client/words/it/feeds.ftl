### Una fotocamera, uno schermo e un filmato.

choose = Che cosa mostrare
camera = Fotocamera
screen = Schermo
film = Filmato…
open-screen = Fai scorrere per scegliere uno schermo o una finestra
open-film = Fai scorrere per aprire { $name }
turn = Altra fotocamera
pause = Pausa
play = Riprendi
again = Dall’inizio
at-its-end = Fine. Resta l’ultima immagine.
silent = Solo immagini; l’audio resta qui.
progress = { $at } di { $length }
sees-screen = { $who } vede quello che hai scelto del tuo schermo.
sees-film = { $who } vede il tuo filmato.
switching = Cambio in corso…
no-screen =
    .title = Non hai scelto niente
    .next = Riprova e scegli uno schermo, una finestra o una scheda nell’elenco del browser.
screen-unknown =
    .title = Questo browser non può mostrare uno schermo
    .next = Apri questa pagina su un computer, oppure mostra la fotocamera o un filmato.
unplayable =
    .title = Questo file non contiene immagini riproducibili qui
    .next = Scegli un altro file; di solito MP4 e WebM funzionano.
