### Dentro de outra página.

waiting-title = Um momento
waiting = A página em que esta se encontra está a iniciar a sua sessão.
again-title = A sua sessão terminou
nobody-title = Ainda não foi escolhido ninguém
nobody = É a página à volta desta que diz a quem pode mostrar algo. Quem lhe mostrar algo aparece aqui.
