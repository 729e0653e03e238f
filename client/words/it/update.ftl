### C’è una pagina più recente.

ready = È pronta una nuova versione
then = Si apre subito; poi accedi di nuovo.
take = Aprila
later = Più tardi
