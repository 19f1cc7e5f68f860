// Checks what `audit export` and `audit prove` write with programs that others wrote: the checkpoint with
// transparency-dev's formats, the inclusion proof with golang.org/x/mod/sumdb/tlog.
//
// Arguments: the exported lane's directory, its origin, the verifier key, a proof's file, and the record's file.
// Prints the checkpoint's size and the record's index.
package main

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/transparency-dev/formats/log"
	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(arguments []string) error {
	if len(arguments) != 5 {
		return fmt.Errorf("want 5 arguments, got %d", len(arguments))
	}
	lane, origin, verifierKey, proofFile, recordFile := arguments[0], arguments[1], arguments[2], arguments[3], arguments[4]
	verifier, err := note.NewVerifier(verifierKey)
	if err != nil {
		return fmt.Errorf("verifier key: %w", err)
	}
	newest, err := os.ReadFile(filepath.Join(lane, "checkpoint"))
	if err != nil {
		return err
	}
	if _, _, _, err := log.ParseCheckpoint(newest, origin, verifier); err != nil {
		return fmt.Errorf("checkpoint: %w", err)
	}
	if err := checkHistory(filepath.Join(lane, "checkpoints"), origin, verifier); err != nil {
		return err
	}
	proof, err := os.ReadFile(proofFile)
	if err != nil {
		return err
	}
	record, err := os.ReadFile(recordFile)
	if err != nil {
		return err
	}
	size, index, err := checkProof(proof, record, origin, verifier)
	if err != nil {
		return fmt.Errorf("proof: %w", err)
	}
	fmt.Printf("%d %d\n", size, index)
	return nil
}

// checkHistory opens every checkpoint that was ever made; sizes only grow.
func checkHistory(file, origin string, verifier note.Verifier) error {
	all, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	lines := strings.SplitAfter(string(all), "\n")
	var before uint64
	for ; len(lines) >= 5; lines = lines[5:] {
		checkpoint, _, _, err := log.ParseCheckpoint([]byte(strings.Join(lines[:5], "")), origin, verifier)
		if err != nil {
			return fmt.Errorf("checkpoint after %d records: %w", before, err)
		}
		if checkpoint.Size <= before {
			return fmt.Errorf("checkpoint of %d records follows one of %d", checkpoint.Size, before)
		}
		before = checkpoint.Size
	}
	return nil
}

// checkProof reads a c2sp.org/tlog-proof text and checks it for the record.
func checkProof(proof, record []byte, origin string, verifier note.Verifier) (uint64, int64, error) {
	head, checkpointText, found := bytes.Cut(proof, []byte("\n\n"))
	if !found {
		return 0, 0, fmt.Errorf("no checkpoint")
	}
	lines := strings.Split(string(head), "\n")
	if len(lines) < 2 || lines[0] != "c2sp.org/tlog-proof@v1" {
		return 0, 0, fmt.Errorf("not a tlog-proof")
	}
	index, err := strconv.ParseInt(strings.TrimPrefix(lines[1], "index "), 10, 64)
	if err != nil {
		return 0, 0, err
	}
	var hashes tlog.RecordProof
	for _, line := range lines[2:] {
		decoded, err := base64.StdEncoding.Strict().DecodeString(line)
		if err != nil || len(decoded) != tlog.HashSize {
			return 0, 0, fmt.Errorf("malformed hash %q", line)
		}
		hashes = append(hashes, tlog.Hash(decoded))
	}
	checkpoint, _, _, err := log.ParseCheckpoint(checkpointText, origin, verifier)
	if err != nil {
		return 0, 0, err
	}
	if len(checkpoint.Hash) != tlog.HashSize {
		return 0, 0, fmt.Errorf("root of %d bytes", len(checkpoint.Hash))
	}
	err = tlog.CheckRecord(hashes, int64(checkpoint.Size), tlog.Hash(checkpoint.Hash), index, tlog.RecordHash(record))
	return checkpoint.Size, index, err
}
