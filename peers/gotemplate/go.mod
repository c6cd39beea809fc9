module amethyst.dev/peers/gotemplate

go 1.26
