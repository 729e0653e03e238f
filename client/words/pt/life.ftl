### O que acontece a uma página no seu navegador.

slow = A rede está lenta. Continuamos a tentar…
lost-out = { $who } vê a sua última imagem até haver outra. Também pode mostrar o ecrã ou um filme, ou parar.
dark = De momento a câmara não dá imagem. Talvez esteja a ser usada por outro programa, ou desligada.
dark-out = { $who } vê a sua última imagem.

elsewhere-title = O Sidecam está aberto noutro separador
elsewhere = Iniciou sessão nesse separador como { $name }, e é lá que o contactam.
elsewhere-with = Está agora em partilha com { $who }; se continuar aqui, a partilha termina.
elsewhere-sign-in = Inicie sessão para continuar aqui.
take-over = Continuar aqui
taken-title = O Sidecam continua noutro separador
taken = Pode fechar este, ou iniciar sessão para o ter aqui de novo.

unfinished-out = Estava a mostrar a câmara a { $who } quando a página foi recarregada. A outra pessoa foi avisada de que terminou.
unfinished-in = Estava a ver { $who } quando a página foi recarregada. A outra pessoa foi avisada de que terminou; peça-lhe que mostre outra vez.
rejoin = Abrir a câmara de novo
forget = Está bem

part-coming = Um momento…
part-missing =
    .title = Falta uma parte desta página
    .next = Verifique a ligação e tente de novo. Se não bastar, recarregue a página.
