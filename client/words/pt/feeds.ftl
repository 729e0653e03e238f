### Uma câmara, um ecrã e um filme.

choose = O que mostrar
camera = Câmara
screen = Ecrã
film = Filme…
open-screen = Deslize para escolher um ecrã ou uma janela
open-film = Deslize para abrir { $name }
turn = Outra câmara
pause = Pausa
play = Continuar
again = Desde o início
at-its-end = Fim. Fica a última imagem.
silent = Só imagens; o som fica aqui.
progress = { $at } de { $length }
sees-screen = { $who } vê o que escolheu do seu ecrã.
sees-film = { $who } vê o seu filme.
switching = A mudar…
no-screen =
    .title = Não foi escolhido nada
    .next = Tente de novo e escolha um ecrã, uma janela ou um separador na lista do navegador.
screen-unknown =
    .title = Este navegador não consegue mostrar um ecrã
    .next = Abra esta página num computador ou mostre a câmara ou um filme.
unplayable =
    .title = Este ficheiro não tem imagens que se possam reproduzir aqui
    .next = Escolha outro ficheiro; MP4 e WebM costumam funcionar.
