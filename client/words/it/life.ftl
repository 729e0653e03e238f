### Che cosa succede a una pagina nel suo browser.

slow = La rete è lenta. Continuiamo a provare…
lost-out = { $who } vede l’ultima immagine finché non ce n’è un’altra. Puoi anche mostrare lo schermo o un filmato, oppure interrompere.
dark = In questo momento la fotocamera non dà immagini. Forse la usa un altro programma, oppure è spenta.
dark-out = { $who } vede l’ultima immagine.
