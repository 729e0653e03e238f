### Che cosa impedisce l’accesso, o l’uso di una fotocamera, e che cosa fare.

sign-in-wrong-password = Nome e password non corrispondono. Controllali; le maiuscole contano.
sign-in-token-refused = Il tuo accesso è scaduto. La pagina che contiene questa deve farti accedere di nuovo.
sign-in-not-allowed = Con questo nome non si può accedere qui. Chiedi l’accesso a chi gestisce questo Sidecam.
sign-in-too-many-tries = Troppi tentativi. Aspetta qualche minuto, poi riprova con calma.
sign-in-unreachable = Non risponde nessuno. Controlla la connessione, poi riprova.
sign-in-confused = L’accesso non è riuscito, e non per colpa tua. Riprova fra un minuto.

camera-refused = Questa pagina non può usare la fotocamera
refused-chrome = Premi il simbolo della fotocamera o dei cursori a sinistra dell’indirizzo della pagina, consenti la fotocamera, poi riprova.
refused-chrome-on-android = Tocca il simbolo a sinistra dell’indirizzo della pagina, poi Autorizzazioni, consenti la fotocamera e riprova.
refused-firefox = Premi la fotocamera barrata a sinistra dell’indirizzo della pagina, togli il blocco, poi riprova.
refused-safari = Nel menu Safari scegli Impostazioni per questo sito web, imposta Fotocamera su Consenti, poi riprova.
refused-safari-on-phone = Tocca il simbolo a sinistra dell’indirizzo della pagina, poi Impostazioni sito web, imposta Fotocamera su Consenti e riprova.
refused-elsewhere = Consenti la fotocamera per questa pagina nelle impostazioni del browser, poi riprova.
camera-missing =
    .title = Non c’è nessuna fotocamera
    .next = Collegane una, oppure apri questa pagina su un telefono o un computer che ne ha una.
camera-busy =
    .title = Un altro programma sta usando la fotocamera
    .next = Chiudi le altre chiamate, riunioni o i programmi che la usano, poi riprova.
