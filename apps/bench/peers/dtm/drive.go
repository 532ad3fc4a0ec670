package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"math/rand"
	"net/http"
	"os"
	"sort"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/dtm-labs/dtm/client/dtmcli"
	"github.com/dtm-labs/logger"
	"github.com/go-resty/resty/v2"
)

// percentiles of latencies, in milliseconds.
type percentiles struct {
	Count int     `json:"count"`
	P50   float64 `json:"p50Ms"`
	P90   float64 `json:"p90Ms"`
	P99   float64 `json:"p99Ms"`
	P999  float64 `json:"p999Ms"`
	Max   float64 `json:"maxMs"`
}

// result is what the window has seen; it is the last line of the output.
type result struct {
	Ended      *percentiles `json:"ended"`
	Errors     int64        `json:"errors"`
	FirstError string       `json:"firstError"`
}

type initiator struct {
	dtm      string
	ports    []string
	branches int
	hot      bool
}

func (in *initiator) url(i int, op string) string {
	return fmt.Sprintf("http://127.0.0.1:%s/%s", in.ports[i], op)
}

// row of a branch; with hot all transactions meet at one row of the second service.
func (in *initiator) row(i int) payload {
	if in.hot && i == 1 {
		return payload{ID: 1}
	}
	return payload{ID: 1 + rand.Intn(10000)}
}

// once runs one global transaction the way DTM's SDK does it, and returns when it has ended.
func (in *initiator) once(gid string) error {
	return dtmcli.TccGlobalTransaction2(in.dtm, gid, func(t *dtmcli.Tcc) {
		t.WaitResult = true
	}, func(tcc *dtmcli.Tcc) (*resty.Response, error) {
		for i := 0; i < in.branches; i++ {
			if _, err := tcc.CallBranch(in.row(i), in.url(i, "try"), in.url(i, "confirm"), in.url(i, "cancel")); err != nil {
				return nil, err
			}
		}
		return nil, nil
	})
}

// tuneSDK gives the SDK's HTTP client enough kept-alive connections; as shipped it keeps GOMAXPROCS+1 for a host and
// reopens the others.
func tuneSDK() {
	logger.InitLog("error")
	dtmcli.GetRestyClient().SetTransport(&http.Transport{MaxIdleConns: 4096, MaxIdleConnsPerHost: 1024})
}

// runDrive keeps transactions in flight. It says "open" and "shut" when its window opens and shuts.
func runDrive(args []string) {
	fs := flag.NewFlagSet("drive", flag.ExitOnError)
	dtm := fs.String("dtm", "", "DTM server")
	ports := fs.String("ports", "", "the participants' ports, with commas between them")
	branches := fs.Int("branches", 4, "branches of a transaction")
	c := fs.Int("c", 32, "transactions in flight")
	warm := fs.Duration("warm", 3*time.Second, "warm-up")
	dur := fs.Duration("dur", 15*time.Second, "measured window")
	hot := fs.Bool("hot", false, "every transaction takes the same row of the second service")
	check(fs.Parse(args))
	tuneSDK()

	in := &initiator{dtm: *dtm, ports: strings.Split(*ports, ","), branches: *branches, hot: *hot}
	var stop atomic.Bool
	var failed atomic.Int64
	var firstErr atomic.Value
	begin := time.Now()
	from, to := begin.Add(*warm), begin.Add(*warm+*dur)
	latencies := make([][]float64, *c)
	var wg sync.WaitGroup
	for w := 0; w < *c; w++ {
		wg.Add(1)
		go func() {
			defer wg.Done()
			for n := 0; !stop.Load(); n++ {
				start := time.Now()
				err := in.once(fmt.Sprintf("b%x-%d-%d", begin.UnixNano(), w, n))
				now := time.Now()
				if err != nil {
					failed.Add(1)
					firstErr.CompareAndSwap(nil, err.Error())
				} else if now.After(from) && now.Before(to) {
					latencies[w] = append(latencies[w], now.Sub(start).Seconds()*1000)
				}
			}
		}()
	}
	time.Sleep(time.Until(from))
	fmt.Println("open")
	time.Sleep(time.Until(to))
	fmt.Println("shut")
	stop.Store(true)
	wg.Wait()

	r := result{Ended: percentilesOf(latencies), Errors: failed.Load()}
	if e, ok := firstErr.Load().(string); ok {
		r.FirstError = e
	}
	check(json.NewEncoder(os.Stdout).Encode(r))
}

func percentilesOf(latencies [][]float64) *percentiles {
	v := []float64{}
	for _, of := range latencies {
		v = append(v, of...)
	}
	if len(v) == 0 {
		return nil
	}
	sort.Float64s(v)
	at := func(q float64) float64 { return v[min(len(v)-1, int(q*float64(len(v))))] }
	return &percentiles{len(v), at(0.5), at(0.9), at(0.99), at(0.999), v[len(v)-1]}
}
