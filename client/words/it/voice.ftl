### Una chiamata vocale nella pagina stessa, e l’audio accanto a una condivisione.

bar = La tua chiamata
call = Chiama
call-name = Chiama { $who }
opening = Apertura del microfono…
calling = Chiamiamo { $who }…
ringing = Il telefono di { $who } squilla…
talking = In chiamata con { $who }
held-by-me = { $who } è in attesa
held-by-them = { $who } ti ha messo in attesa
reconnecting = Riconnessione con { $who }…
muted = Il tuo microfono è spento. { $who } non ti sente.
microphone-gone = Il microfono non è più disponibile. { $who } non ti sente.
silenced = Il browser silenzia { $who } finché non lo dici tu.
listen = Fammi sentire

mute = Spegni il microfono
unmute = Accendi il microfono
hold = Attesa
resume = Riprendi
keys = Tastiera
keys-close = Chiudi la tastiera
key = Tasto { $key }
hang-up = Riaggancia
stop-calling = Annulla la chiamata

incoming-title = ti sta chiamando
incoming-note = La tua fotocamera resta spenta.
answer = Rispondi

# L’audio accanto a una condivisione.
with-sound = Con l’audio
without-sound = Senza audio
sound-asking = Accensione del microfono…
sound-on = { $who } ti sente anche.
they-cannot = Il telefono di { $who } non accetta l’audio insieme alle immagini. Vede ancora la tua fotocamera.
hear-them = Senti { $who }.

said-asked = { $who } ti sta chiamando.
said-ringing = Il telefono di { $who } squilla.
said-talking = In chiamata con { $who }.
said-muted = Il tuo microfono è spento.

## Perché una chiamata è finita e che cosa fare.

hung-up-by-me =
    .title = Hai riagganciato
    .next = Il tuo microfono è spento.
hung-up-by-them =
    .title = { $who } ha riagganciato
    .next = Il tuo microfono è spento.
out-declined =
    .title = { $who } non ha accettato la chiamata
    .next = Riprova più tardi.
out-busy =
    .title = { $who } è in un’altra chiamata
    .next = Riprova più tardi.
out-no-answer =
    .title = { $who } non ha risposto
    .next = Riprova più tardi.
out-not-found =
    .title = Nessuno ha quel numero
    .next = Controlla il numero.
out-unavailable =
    .title = Il telefono di { $who } è spento
    .next = Riprova più tardi.
out-cannot =
    .title = Il telefono di { $who } non può parlare con questa pagina
    .next = Per la chiamata usa il tuo telefono; la fotocamera funziona lo stesso.
out-lost =
    .title = La connessione è caduta
    .next = Richiama quando torni in linea.
out-failed =
    .title = Non ha funzionato
    .next = Riprova.
in-missed =
    .title = { $who } ha chiamato
    .next = Puoi richiamare.
in-answered-elsewhere =
    .title = Risposto altrove
    .next = Un altro tuo dispositivo ha preso la chiamata di { $who }.
in-lost =
    .title = La connessione è caduta
    .next = Puoi richiamare.
in-failed =
    .title = Non ha funzionato
    .next = Puoi richiamare.

microphone-refused =
    .title = Il microfono è bloccato
    .next = Consentilo accanto all’indirizzo di questa pagina, poi riprova.
microphone-missing =
    .title = Nessun microfono trovato
    .next = Collegane uno, poi riprova.
microphone-busy =
    .title = Un altro programma sta usando il microfono
    .next = Chiudilo lì, poi riprova.
