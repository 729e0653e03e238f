### Dentro un’altra pagina.

waiting-title = Un momento
waiting = La pagina che contiene questa ti sta facendo accedere.
again-title = L’accesso è terminato
nobody-title = Non è stato ancora scelto nessuno
nobody = È la pagina intorno a dire a chi puoi mostrare qualcosa. Chi mostra qualcosa a te compare qui.
