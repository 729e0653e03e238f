### O que impede de iniciar sessão, ou de usar uma câmara, e o que fazer.

sign-in-wrong-password = O nome e a palavra-passe não correspondem. Verifique ambos; as maiúsculas contam.
sign-in-token-refused = A sua sessão terminou. A página em que esta se encontra tem de a iniciar de novo.
sign-in-not-allowed = Este nome não tem acesso aqui. Peça-o a quem gere este Sidecam.
sign-in-too-many-tries = Demasiadas tentativas. Aguarde alguns minutos e tente de novo com calma.
sign-in-unreachable = Ninguém responde. Verifique a ligação e tente de novo.
sign-in-confused = Não foi possível iniciar sessão, e a culpa não foi sua. Tente de novo dentro de um minuto.

camera-refused = Esta página não pode usar a câmara
refused-chrome = Prima o símbolo da câmara ou dos controlos à esquerda do endereço da página, permita a câmara e tente de novo.
refused-chrome-on-android = Toque no símbolo à esquerda do endereço da página, depois em Autorizações, permita a câmara e tente de novo.
refused-firefox = Prima a câmara riscada à esquerda do endereço da página, retire o bloqueio e tente de novo.
refused-safari = No menu Safari, escolha Definições para este site, defina Câmara como Permitir e tente de novo.
refused-safari-on-phone = Toque no símbolo à esquerda do endereço da página, depois em Definições do site, defina Câmara como Permitir e tente de novo.
refused-elsewhere = Permita a câmara para esta página nas definições do navegador e tente de novo.
camera-missing =
    .title = Não há nenhuma câmara
    .next = Ligue uma, ou abra esta página num telefone ou computador que tenha câmara.
camera-busy =
    .title = Outro programa está a usar a câmara
    .next = Feche outras chamadas, reuniões ou programas de câmara e tente de novo.
