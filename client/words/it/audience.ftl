### Chi vede quello che si mostra.

title = Chi sta guardando
watching =
    { $count ->
        [0] Non guarda ancora nessuno
        [one] Guarda una persona
       *[other] Guardano { $count } persone
    }
add = Aggiungi qualcuno
add-done = Fatto
typed = Numero o indirizzo
ask = Chiedi
typed-wrong = Non è un numero di telefono e nemmeno un indirizzo.
ask-person = Chiedi anche a { $who } di guardare
remove = Non mostrare più a { $who }

asked = Richiesta in corso…
rings = Il telefono squilla…
watches = Guarda
left = Ha smesso di guardare
removed = Non glielo mostri più
declined = Ha detto non ora
busy = Non può adesso
no-answer = Non ha risposto
not-found = Numero inesistente
cannot-watch = Il suo telefono non può mostrarlo
full = Non può guardare più nessun altro
failed = Richiesta non riuscita
