package main

import (
	"database/sql"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"

	"github.com/dtm-labs/dtm/client/dtmcli"
	"github.com/dtm-labs/logger"
	_ "github.com/jackc/pgx/v5/stdlib"
)

type payload struct {
	ID int `json:"id"`
}

var rowSQL = map[string]string{
	"try":     "update account set available=available-1, frozen=frozen+1 where id=$1",
	"confirm": "update account set frozen=frozen-1, settled=settled+1 where id=$1",
	"cancel":  "update account set frozen=frozen-1, available=available+1 where id=$1",
}

// runParticipants serves the four services, each on a port of its own.
func runParticipants(args []string) {
	fs := flag.NewFlagSet("participants", flag.ExitOnError)
	pgURL := fs.String("pg", "", "PostgreSQL URL")
	ports := fs.String("ports", "", "a port for each service, with commas between them")
	empty := fs.Bool("empty", false, "answer at once, no database")
	pool := fs.Int("pool", 16, "connections for each database")
	check(fs.Parse(args))
	logger.InitLog("error")
	dtmcli.SetCurrentDBType(dtmcli.DBTypePostgres)

	for i, port := range strings.Split(*ports, ",") {
		var db *sql.DB
		if !*empty {
			db = open(withDB(*pgURL, serviceDB(services[i])), *pool)
		}
		mux := http.NewServeMux()
		for _, op := range []string{"try", "confirm", "cancel"} {
			mux.HandleFunc("/"+op, handler(db, services[i], op))
		}
		srv := &http.Server{Addr: "127.0.0.1:" + port, Handler: mux}
		go func() { check(srv.ListenAndServe()) }()
	}
	select {}
}

func open(pgURL string, pool int) *sql.DB {
	db, err := sql.Open("pgx", pgURL)
	check(err)
	db.SetMaxOpenConns(pool)
	db.SetMaxIdleConns(pool)
	check(db.Ping())
	return db
}

// handler answers one operation of a service; without a database it does nothing else.
func handler(db *sql.DB, service, op string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err == nil && db != nil {
			err = fenced(db, r.URL.Query(), op, body)
		}
		if err != nil {
			fmt.Fprintln(os.Stderr, service, op, err)
			http.Error(w, err.Error(), 500)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		io.WriteString(w, `{"dtm_result":"SUCCESS"}`)
	}
}

// fenced runs one row update inside DTM's barrier.
func fenced(db *sql.DB, query url.Values, op string, body []byte) error {
	var p payload
	if err := json.Unmarshal(body, &p); err != nil {
		return err
	}
	barrier, err := dtmcli.BarrierFromQuery(query)
	if err != nil {
		return err
	}
	return barrier.CallWithDB(db, func(tx *sql.Tx) error {
		res, err := tx.Exec(rowSQL[op], p.ID)
		if err != nil {
			return err
		}
		if n, _ := res.RowsAffected(); n != 1 {
			return fmt.Errorf("row %d: %d rows", p.ID, n)
		}
		return nil
	})
}
