### What somebody’s phone can do, in a word or two.

live-video = Can watch live video
pictures-only = Can take pictures, not live video
nothing = Cannot watch now
