### The people of this page: finding them, writing them down, files of them.

favourites = Favourites
recent = Recent
others = Everyone
found = Found
more =
    { $count ->
        [one] Show one more
       *[other] Show { $count } more
    }
found-count =
    { $count ->
        [0] None found
        [one] One found
       *[other] { $count } found
    }

typed-hint = Not in your people. You can share all the same.
typed-add = Add to people
typed-keep = Add { $who } to your people

can-watch = Can watch live video
can-receive = Can receive pictures, not live video
cannot = Cannot receive video

details = Details of { $who }
card = Details
back = Back to everyone
favourite = Favourite
edit = Edit
delete = Delete
write-down = Add to my people
of-directory = From the list of everyone here
not-callable = Cannot be called from here. Write it in full, with + and the country.

add = Add somebody
new-title = Add somebody
edit-title = Edit { $who }
name = Name
way = Number or address
another-way = Another number or address
way-hint = As you would dial it, or an address like anna@example.com.
another = Add another number
save = Save
cancel = Cancel
no-name = Give them a name.
no-way = Write a number or an address.
said-saved = { $who } is saved.

deleted = { $who } was deleted.
undo = Undo
not-kept = Your browser keeps nothing for this page, perhaps because the window is private. Who you add and what you share is forgotten when you close it.
understood = All right

files = Your people
files-hint = Files of contacts (.vcf), as phones and mail programs write them.
import = Import a file
export = Export a file
pick = From this device
report-title = Import
report-none = Nothing in it was new.
report-more =
    { $count ->
        [one] And one more.
       *[other] And { $count } more.
    }
card-named = { $who } (card { $at })
card-numbered = Card { $at }

## What came of an import, in parts of one line.

import-no-cards = That file has no contacts in it. Choose one that ends in .vcf.
import-too-large = That file is too large. Export fewer contacts at a time, or without pictures.
import-added =
    { $count ->
       *[other] { $count } added
    }
import-merged =
    { $count ->
       *[other] { $count } completed
    }
import-same =
    { $count ->
       *[other] { $count } already there
    }
import-skipped =
    { $count ->
       *[other] { $count } left out
    }
skipped-broken = It breaks off in the middle.
skipped-no-number = It has no number.
skipped-full = There is no room for more people.

## What is wrong with a number or an address that was typed.

typed-address = An address looks like anna@example.com.
typed-empty = There is no number yet.
typed-letter = A number has no “{ $letter }”. Check it.
typed-too-short = That is too short for a telephone number.
typed-too-long = That is too long for a telephone number. It has 15 digits at most.
typed-no-country = No country’s numbers begin with +0. Leave the 0 out.
typed-not-global = Write the number in full, with + and the country.
typed-no-area-code = Write the area code too, or the number in full, with + and the country.
typed-foreign = That number works in another network alone. Write it in full, with + and the country.
