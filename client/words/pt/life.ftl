### O que acontece a uma página no seu navegador.

slow = A rede está lenta. Continuamos a tentar…
lost-out = { $who } vê a sua última imagem até haver outra. Também pode mostrar o ecrã ou um filme, ou parar.
dark = De momento a câmara não dá imagem. Talvez esteja a ser usada por outro programa, ou desligada.
dark-out = { $who } vê a sua última imagem.
