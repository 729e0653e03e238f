### As pessoas desta página: encontrá-las, anotá-las e os seus ficheiros.

favourites = Favoritos
recent = Recentes
others = Todos
found = Encontrados
more =
    { $count ->
        [one] Mostrar mais um
       *[other] Mostrar mais { $count }
    }
found-count =
    { $count ->
        [0] Nenhum resultado
        [one] Um resultado
       *[other] { $count } resultados
    }

typed-hint = Não está nas suas pessoas. Pode partilhar na mesma.
typed-add = Adicionar às pessoas
typed-keep = Adicionar { $who } às suas pessoas

can-watch = Pode ver vídeo em direto
can-receive = Pode receber imagens, não vídeo em direto
cannot = Não pode receber vídeo

details = Detalhes de { $who }
card = Detalhes
back = Voltar a todos
favourite = Favorito
edit = Editar
delete = Eliminar
write-down = Adicionar às minhas pessoas
of-directory = Da lista de todos
not-callable = Não é possível ligar daqui. Escreva o número completo, com + e o indicativo do país.

add = Adicionar uma pessoa
new-title = Adicionar uma pessoa
edit-title = Editar { $who }
name = Nome
way = Número ou endereço
another-way = Outro número ou endereço
way-hint = Como o marcaria, ou um endereço como anna@example.com.
another = Adicionar outro número
save = Guardar
cancel = Cancelar
no-name = Escreva um nome.
no-way = Escreva um número ou um endereço.
said-saved = { $who } está nas suas pessoas.

deleted = Eliminou { $who }.
undo = Anular
not-kept = O navegador não guarda nada para esta página, talvez por a janela ser privada. As pessoas que adicionar e o que partilhar perdem-se quando a fechar.
understood = Está bem

files = As suas pessoas
files-hint = Ficheiros de contactos (.vcf), como os escrevem telefones e programas de correio.
import = Importar um ficheiro
export = Exportar um ficheiro
pick = Deste dispositivo
report-title = Importação
report-none = Não havia nada de novo.
report-more =
    { $count ->
        [one] E mais um.
       *[other] E mais { $count }.
    }
card-named = { $who } (cartão { $at })
card-numbered = Cartão { $at }

## O resultado de uma importação, em partes de uma linha.

import-no-cards = Esse ficheiro não tem contactos. Escolha um que termine em .vcf.
import-too-large = Esse ficheiro é demasiado grande. Exporte menos contactos de cada vez, ou sem imagens.
import-added =
    { $count ->
        [one] { $count } adicionado
       *[other] { $count } adicionados
    }
import-merged =
    { $count ->
        [one] { $count } completado
       *[other] { $count } completados
    }
import-same =
    { $count ->
        [one] { $count } já existente
       *[other] { $count } já existentes
    }
import-skipped =
    { $count ->
        [one] { $count } deixado de fora
       *[other] { $count } deixados de fora
    }
skipped-broken = Interrompe-se a meio.
skipped-no-number = Não tem número.
skipped-full = Não há espaço para mais pessoas.

## O que está errado num número ou endereço escrito.

typed-address = Um endereço é como anna@example.com.
typed-empty = Ainda não há número.
typed-letter = Um número não tem “{ $letter }”. Verifique-o.
typed-too-short = É demasiado curto para um número de telefone.
typed-too-long = É demasiado longo para um número de telefone, que tem no máximo 15 algarismos.
typed-no-country = Os números de nenhum país começam por +0. Retire o 0.
typed-not-global = Escreva o número completo, com + e o indicativo do país.
typed-no-area-code = Escreva também o indicativo da região, ou o número completo, com + e o indicativo do país.
typed-foreign = Esse número só funciona noutra rede. Escreva-o completo, com + e o indicativo do país.
