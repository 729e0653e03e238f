### Che cosa succede a una pagina nel suo browser.

slow = La rete è lenta. Continuiamo a provare…
lost-out = { $who } vede l’ultima immagine finché non ce n’è un’altra. Puoi anche mostrare lo schermo o un filmato, oppure interrompere.
dark = In questo momento la fotocamera non dà immagini. Forse la usa un altro programma, oppure è spenta.
dark-out = { $who } vede l’ultima immagine.

elsewhere-title = Sidecam è aperto in un’altra scheda
elsewhere = Lì hai effettuato l’accesso come { $name }, e lì ti raggiungono gli altri.
elsewhere-with = Ora è in condivisione con { $who }: se continui qui, la condivisione finisce.
elsewhere-sign-in = Accedi per continuare qui.
take-over = Continua qui
taken-title = Sidecam continua in un’altra scheda
taken = Puoi chiudere questa, oppure accedere per riaverlo qui.

unfinished-out = Stavi mostrando la fotocamera a { $who } quando la pagina è stata ricaricata. L’altra persona sa che è finita.
unfinished-in = Stavi guardando { $who } quando la pagina è stata ricaricata. L’altra persona sa che è finita: chiedile di mostrartelo di nuovo.
rejoin = Riapri la fotocamera
forget = Va bene

part-coming = Un momento…
part-missing =
    .title = Un pezzo di questa pagina non è arrivato
    .next = Controlla la connessione e riprova. Se non basta, ricarica la pagina.
