### La pagina nel suo insieme. I suoi messaggi sono campi di `Words` stessa.

product = Sidecam
tagline = Vedono quello che vedi tu.
promise = Sei al telefono con qualcuno. Fai scorrere il copriobiettivo e vede tutto in diretta, su qualunque telefono.
somebody = Qualcuno

sign-in-title = Accedi
sign-in-name = Nome
sign-in-password = Password
sign-in = Accedi
signing-in = Accesso in corso…
sign-out = Esci
show-password = Mostra
hide-password = Nascondi
password-kept = La password resta in questa scheda e sparisce quando la chiudi.

state-signed-out = Sessione chiusa
state-registered = Tutto pronto
state-reconnecting = Riconnessione…
state-failed = Accesso non riuscito
reconnecting-note = La connessione è caduta. Continuiamo a riprovare; intanto puoi guardarti intorno.

place-call = Chiamata
place-people = Persone
place-me = Io
places = Sezioni

people-title = Persone
people-find = Nome o numero
people-empty-title = Ancora nessuno
people-empty = Scrivi qui sopra un numero a cui mostrare la fotocamera, oppure aggiungi una persona. Chi ha un accesso qui compare da solo.
people-none-found = Nessuno con questo nome o numero.
people-loading = Vediamo chi c’è…
online = In linea
offline = Non in linea
share = Condividi
share-with = Mostra la fotocamera a { $who }

stage = Scena
stage-idle-title = A chi vuoi mostrarla?
stage-idle = Scegli una persona. Prima vedi solo tu la tua fotocamera; non parte niente finché non lo dici tu.

slot-name = Copriobiettivo
slot-name-live = Copriobiettivo. Chiudendolo interrompi.
slot-closed = Fai scorrere per aprire la fotocamera
slot-hint = La vedi solo tu
slot-opening = Apertura della fotocamera…
slot-preview = La tua fotocamera. La vedi solo tu.
slot-close = Chiudi
slot-stop = Interrompi
show = Mostra a { $who }
show-closed-hint = Prima apri la fotocamera. Non parte ancora niente.
show-open-hint = Non parte niente finché non premi il pulsante.
show-offline-hint = Funzionerà di nuovo appena torna la connessione.

calling = Chiediamo a { $who }…
ringing = Stiamo chiedendo a { $who }…
calling-note = Non parte niente finché non accetta.
live-to = In diretta per { $who }
live-note = { $who } vede la tua fotocamera.
reconnecting = Riconnessione…
reconnecting-out = La connessione è caduta. Finché non torna, { $who } potrebbe vedere un’immagine ferma.
reconnecting-in = La connessione è caduta. Finché non torna, l’immagine potrebbe restare ferma.
paused-out = { $who } ha messo in pausa
paused-in = { $who } ha messo in pausa
paused-note = Si riprende quando lo vuole { $who }.
moved-note = La chiamata è passata a { $who }.
watching = Guardi { $who }
waiting = In attesa dell’immagine di { $who }…
frozen = L’immagine di { $who } è ferma. In attesa che riprenda…
stop = Interrompi
stop-asking = Non chiedere più
stop-watching = Smetti di guardare
picture-of = Immagine in diretta di { $who }
stats-size = { $width } × { $height }

incoming-title = vuole mostrarti la sua fotocamera
incoming-note = La tua fotocamera resta spenta.
watch = Guarda
not-now = Non ora

try-again = Riprova
done = Fatto
lasted = È durata { $time }.

camera-try-again = Riprova

me-number = Il tuo numero
me-title = Io
me-open = Impostazioni e cronologia
me-close = Chiudi
appearance = Aspetto
theme-auto = Come il dispositivo
theme-light = Chiaro
theme-dark = Scuro
recent = Recenti
recent-empty = Qui trovi quello che mostri e quello che guardi.
past-shown-out = Ha visto la tua fotocamera · { $time }
past-shown-in = Ti ha mostrato la sua fotocamera · { $time }
past-not-now = Ti ha chiesto di guardare · non ora

said-registered = Accesso effettuato.
said-ringing = Stiamo chiedendo a { $who }.
said-live = In diretta. { $who } vede la tua fotocamera.
said-reconnecting = La connessione è caduta. Riconnessione.
said-asked = { $who } vuole mostrarti la sua fotocamera.

## Le lingue di questa pagina.

language = Lingua
language-auto = Come il browser
language-unreachable = Non è stato possibile scaricare questa lingua. Controlla la connessione e sceglila di nuovo.
