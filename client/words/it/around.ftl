### Intorno all’immagine che si guarda, e che cosa fa il dispositivo oltre alla pagina. $who è l’altra persona.

full = Schermo intero
full-leave = Esci dallo schermo intero
float = In una piccola finestra
float-leave = Torna nella pagina

good =
    .title = Immagine buona
    .next = Niente la limita.
their-phone-out =
    .title = Il meglio che il telefono di { $who } può mostrare
    .next = Le due reti potrebbero portare di più.
their-phone-in =
    .title = Il meglio che il telefono di { $who } può inviare
    .next = Le due reti potrebbero portare di più.
my-network =
    .title = Limitata dalla tua rete
    .next = Dalla tua parte l’immagine va in parte persa o arriva tardi. Avvicinati al router o a una finestra, o usa un cavo.
their-network =
    .title = Limitata dalla rete di { $who }
    .next = Dalla tua parte va tutto bene. Migliora quando { $who } ha più campo.
my-device =
    .title = Limitata da questo dispositivo
    .next = Non riesce a tenere il passo. Chiudi altri programmi o altre schede.
measuring =
    .title = Misurazione…
    .next = Servono alcuni secondi prima di poter dire qualcosa.

figures-open = Qualità dell’immagine
figures-title = Gli ultimi due minuti
figures-close = Chiudi
figures-when = Quando
figures-ago = { $seconds } secondi fa
figures-now = Adesso
figures-rate = Dati
figures-frames = Immagini
figures-lost = Perse
rate = { $rate } kbit/s
frames = { $rate } al secondo
lost = { $share } %

ring = Quando qualcuno chiede
ring-on = Suona
ring-off = Resta in silenzio
ring-listen = Ascolta la suoneria
tell = Quando guardi altrove
tell-on = Avvisami
tell-off = Non avvisarmi
tell-refused = Questo browser non permette alla pagina di avvisarti. Consenti le notifiche per questa pagina nelle sue impostazioni, a sinistra dell’indirizzo.
tell-next-time = Avvisami la prossima volta
told-next-time = Ti avviseremo, qualunque cosa tu stia guardando.
loudspeaker = L’audio esce da
loudspeaker-own = Come il dispositivo

notice-watch =
    .title = { $who } vuole mostrarti la sua fotocamera
    .next = Premi per guardare. La tua fotocamera resta spenta.
notice-talk =
    .title = { $who } ti chiama
    .next = Premi per rispondere.

past-missed = Non hai risposto
past-why = { $what } · { $why }
past-gone = I dettagli non sono conservati
past-turn-to = Passa a { $who }
past-clear = Svuota l’elenco
