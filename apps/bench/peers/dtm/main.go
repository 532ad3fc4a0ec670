// dtmbench is what DTM is measured with: participants of equal work, and a closed-loop initiator. One program, one
// subcommand a process; the benchmark beside it starts them.
package main

import (
	"fmt"
	"os"
)

func main() {
	if len(os.Args) < 2 {
		usage()
	}
	args := os.Args[2:]
	switch os.Args[1] {
	case "setup":
		runSetup(args)
	case "participants":
		runParticipants(args)
	case "drive":
		runDrive(args)
	default:
		usage()
	}
}

func usage() {
	fmt.Fprintln(os.Stderr, "usage: dtmbench setup|participants|drive [flags]")
	os.Exit(2)
}

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
