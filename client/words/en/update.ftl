### A newer page is ready.

ready = A new version is ready
then = It opens at once; you sign in again.
take = Open it
later = Later
