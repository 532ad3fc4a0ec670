package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"strings"

	"github.com/jackc/pgx/v5"
)

// services are the four participants; each has a database of its name.
var services = []string{"order", "inventory", "coupon", "payment"}

func serviceDB(name string) string { return "svc_" + name }

// withDB replaces the database of a PostgreSQL URL.
func withDB(pgURL, db string) string {
	return pgURL[:strings.LastIndex(pgURL, "/")+1] + db + "?sslmode=disable"
}

// The same table as our participants of equal work have.
const accountSQL = `
create table if not exists account (
  id int primary key,
  available bigint not null,
  frozen bigint not null default 0,
  settled bigint not null default 0
) with (fillfactor = 50);
truncate account;
insert into account (id, available) select id, 1000000000 from generate_series(1, 10000) as id;
`

// runSetup brings every database to the same state: 10,000 fresh rows, empty barrier tables, empty DTM tables, and a
// checkpoint so that none falls into a measured window. With -create it makes the databases anew.
func runSetup(args []string) {
	fs := flag.NewFlagSet("setup", flag.ExitOnError)
	pgURL := fs.String("pg", "", "PostgreSQL URL")
	create := fs.Bool("create", false, "make databases and schemas anew")
	dtmSchema := fs.String("dtm-schema", "", "file with DTM's store schema")
	barrierSchema := fs.String("barrier-schema", "", "file with DTM's barrier schema")
	check(fs.Parse(args))

	ctx := context.Background()
	exec := func(db, sql string) {
		conn, err := pgx.Connect(ctx, withDB(*pgURL, db))
		check(err)
		defer conn.Close(ctx)
		if _, err := conn.PgConn().Exec(ctx, sql).ReadAll(); err != nil {
			check(fmt.Errorf("%s: %w", db, err))
		}
	}
	if *create {
		for _, db := range append([]string{"dtm"}, serviceDBs()...) {
			exec("postgres", "drop database if exists "+db+" with (force)")
			exec("postgres", "create database "+db)
		}
		dtmSQL, err := os.ReadFile(*dtmSchema)
		check(err)
		barrierSQL, err := os.ReadFile(*barrierSchema)
		check(err)
		exec("dtm", string(dtmSQL))
		for _, db := range serviceDBs() {
			exec(db, string(barrierSQL))
		}
	}
	exec("dtm", "truncate trans_global, trans_branch_op")
	for _, db := range serviceDBs() {
		exec(db, accountSQL)
		exec(db, "vacuum analyze account")
		exec(db, "truncate dtm_barrier.barrier")
	}
	exec("postgres", "checkpoint")
}

func serviceDBs() []string {
	names := []string{}
	for _, s := range services {
		names = append(names, serviceDB(s))
	}
	return names
}
