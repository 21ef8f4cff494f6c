package main

// on selects the gateways that are chosen on the board.
const on = `instance=~"$instance"`

func graph(title, help, unit string, queries ...query) panel {
	return panel{Title: title, Help: help, Kind: "timeseries", Unit: unit, Queries: queries}
}

func figure(title, help, unit, expr string, bad float64) panel {
	return panel{Title: title, Help: help, Kind: "stat", Unit: unit, Queries: []query{{expr, ""}}, Bad: bad}
}

// quantiles gives the median and two tails of a histogram, by a label.
func quantiles(histogram, by string) []query {
	var list []query
	for _, q := range []struct{ at, name string }{{"0.5", "median"}, {"0.95", "95 %"}, {"0.99", "99 %"}} {
		list = append(list, query{
			"histogram_quantile(" + q.at + ", sum by (" + by + ", le) (rate(" + histogram + "_bucket{" + on + "}[5m])))",
			"{{" + by + "}} " + q.name,
		})
	}
	return list
}

func boards() []board {
	return []board{overview(), queueBoard(), exchangeBoard(), smtpBoard(), watchBoard()}
}

func overview() board {
	return board{Name: "overview", Title: "overview", Panels: []panel{
		figure("Waiting", "Recipients that are not finished.", "short", `sum(max by (courier) (mapigate_queue_recipients{`+on+`, state=~"waiting|leased|unknown"}))`, 10000),
		figure("Oldest mail", "Age of the oldest mail that is not finished.", "s", `max(mapigate_queue_oldest_seconds{`+on+`})`, 14400),
		figure("Destinations down", "Hosts and servers that do not answer now.", "short", `sum(mapigate_destinations_down{`+on+`})`, 1),
		figure("Alarms, 1 h", "Recipients that wait because of a fault of ours, such as a wrong password: see the log.", "short", `sum(increase(mapigate_delivery_alarms_total{`+on+`}[1h]))`, 1),
		figure("Perhaps twice, 24 h", "Recipients delivered after a try whose answer had been lost.", "short", `sum(increase(mapigate_possible_duplicates_total{`+on+`}[1d]))`, 1),
		figure("Disk left", "Room on the disk of the queue.", "bytes", `min(mapigate_queue_disk_free_bytes{`+on+`})`, 0),
		figure("Configuration refused", "Gateways that go on with an older configuration than the file's: mapigate config check tells why.", "short", `count(mapigate_config_last_reload_successful{`+on+`} == 0) or vector(0)`, 1),
		graph("Mail accepted", "Mails that were taken over SMTP, by listener.", "ops",
			query{`sum by (listener) (rate(mapigate_mails_accepted_total{` + on + `}[5m]))`, "{{listener}}"}),
		graph("Recipients tried", "What came of deliveries. retry is a temporary failure, unknown a try whose answer was lost.", "ops",
			query{`sum by (courier, verdict) (rate(mapigate_delivery_attempts_total{` + on + `}[5m]))`, "{{courier}} {{verdict}}"}),
		graph("Time of a delivery", "From connecting to the answer.", "s", quantiles("mapigate_delivery_seconds", "courier")...),
		graph("Delivery reports", "Mails that told a sender of a failure, a delay or a success.", "ops",
			query{`sum by (kind) (rate(mapigate_reports_total{` + on + `}[5m]))`, "{{kind}}"}),
		graph("Memory", "What the process holds.", "bytes", query{`process_resident_memory_bytes{` + on + `}`, "{{instance}}"}),
		graph("Processor", "Processors in use.", "short", query{`rate(process_cpu_seconds_total{` + on + `}[5m])`, "{{instance}}"}),
	}}
}

func queueBoard() board {
	return board{Name: "queue", Title: "queue", Panels: []panel{
		figure("Answers", "1 when the queue could be asked.", "short", `min(mapigate_queue_up{`+on+`})`, 0),
		figure("Held", "Recipients that wait for an operator.", "short", `sum(max by (courier) (mapigate_queue_recipients{`+on+`, state="held"}))`, 1),
		figure("Unknown", "Tries whose answer was lost: it is looked for before the next.", "short", `sum(max by (courier) (mapigate_queue_recipients{`+on+`, state="unknown"}))`, 1),
		graph("Recipients by state", "Everything the queue knows of.", "short",
			query{`sum by (state) (max by (courier, state) (mapigate_queue_recipients{` + on + `}))`, "{{state}}"}),
		graph("Waiting by courier", "Who is not keeping up.", "short",
			query{`sum by (courier) (max by (courier, state) (mapigate_queue_recipients{` + on + `, state=~"waiting|leased|unknown"}))`, "{{courier}}"}),
		graph("Age of the oldest", "A rising line is a destination that takes nothing.", "s",
			query{`max by (courier) (mapigate_queue_oldest_seconds{` + on + `})`, "{{courier}}"}),
		graph("Disk left", "Below queue.min_free mail is refused for the time being.", "bytes",
			query{`mapigate_queue_disk_free_bytes{` + on + `}`, "{{instance}}"}),
		graph("Failures", "Recipients that failed for good or were given back.", "ops",
			query{`sum by (courier) (rate(mapigate_delivery_attempts_total{` + on + `, verdict="failed"}[5m]))`, "{{courier}}"}),
		graph("Tries per delivery", "1 is every mail at the first try.", "short",
			query{`sum by (courier) (rate(mapigate_delivery_attempts_total{` + on + `}[30m])) / sum by (courier) (rate(mapigate_delivery_attempts_total{` + on + `, verdict="delivered"}[30m]))`, "{{courier}}"}),
	}}
}

func exchangeBoard() board {
	return board{Name: "exchange", Title: "Exchange", Panels: []panel{
		figure("Requests", "MAPI requests a second.", "ops", `sum(rate(mapigate_mapi_requests_total{`+on+`}[5m]))`, 0),
		figure("Not as they should be", "Share of requests without a good answer.", "percentunit",
			`sum(rate(mapigate_mapi_requests_total{`+on+`, result!="ok"}[5m])) / sum(rate(mapigate_mapi_requests_total{`+on+`}[5m]))`, 0.05),
		figure("Token ends", "When the access token at hand ends; it is renewed before.", "dateTimeFromNow", `min(mapigate_oauth_token_expiry_timestamp_seconds{`+on+`} > 0) * 1000`, 0),
		graph("Requests by type", "Execute is the work; the others make and keep sessions.", "ops",
			query{`sum by (exchange, type) (rate(mapigate_mapi_requests_total{` + on + `}[5m]))`, "{{exchange}} {{type}}"}),
		graph("Requests by result", "How requests ended.", "ops",
			query{`sum by (exchange, result) (rate(mapigate_mapi_requests_total{` + on + `}[5m]))`, "{{exchange}} {{result}}"}),
		graph("Time of a request", "Long polls are left out.", "s", quantiles("mapigate_mapi_request_seconds", "exchange")...),
		graph("Deliveries into Exchange", "By verdict.", "ops",
			query{`sum by (courier, verdict) (rate(mapigate_delivery_attempts_total{` + on + `, courier=~"(exchange|deposit)/.*"}[5m]))`, "{{courier}} {{verdict}}"}),
		graph("Access tokens", "Requests for OAuth 2.0 tokens, by whether there was one.", "ops",
			query{`sum by (exchange, result) (rate(mapigate_oauth_tokens_total{` + on + `}[30m]))`, "{{exchange}} {{result}}"}),
	}}
}

func smtpBoard() board {
	return board{Name: "smtp", Title: "SMTP", Panels: []panel{
		figure("Sessions", "Open now.", "short", `sum(mapigate_smtp_sessions{`+on+`})`, 0),
		figure("Mails", "Taken a second.", "ops", `sum(rate(mapigate_mails_accepted_total{`+on+`}[5m]))`, 0),
		figure("Refused, 1 h", "Commands that policy refused.", "short", `sum(increase(mapigate_smtp_refusals_total{`+on+`}[1h]))`, 0),
		figure("Banned, 1 h", "Attempts to sign in that were not tried.", "short", `sum(increase(mapigate_smtp_signins_banned_total{`+on+`}[1h]))`, 100),
		graph("Sessions", "Open sessions, by listener.", "short", query{`sum by (listener) (mapigate_smtp_sessions{` + on + `})`, "{{listener}}"}),
		graph("Bytes", "Size of the mails that were taken.", "Bps", query{`sum by (listener) (rate(mapigate_mails_accepted_bytes_total{` + on + `}[5m]))`, "{{listener}}"}),
		graph("Time to the final 250", "From a mail's end to its reply: this is the disk, or Exchange on synchronous listeners.", "s", quantiles("mapigate_smtp_data_seconds", "listener")...),
		graph("Refused by policy", "And why.", "ops", query{`sum by (listener, why) (rate(mapigate_smtp_refusals_total{` + on + `}[5m])) > 0`, "{{listener}} {{why}}"}),
		graph("Sessions cut", "Clients that got no session or lost it, and why.", "ops", query{`sum by (listener, why) (rate(mapigate_smtp_sessions_refused_total{` + on + `}[5m])) > 0`, "{{listener}} {{why}}"}),
		graph("Replies", "Commands by the first digit of the reply.", "ops", query{`sum by (verb, class) (rate(mapigate_smtp_commands_total{` + on + `, class=~"4.*|5.*"}[5m])) > 0`, "{{verb}} {{class}}"}),
	}}
}

func watchBoard() board {
	return board{Name: "watch", Title: "mailbox watch", Panels: []panel{
		figure("Watched", "Mailboxes that are watched now.", "short", `sum(mapigate_outbox_watched{`+on+`})`, 0),
		figure("Not watched", "Mailboxes that should be and are not: mail stays there.", "short", `sum(max by (group) (mapigate_outbox_mailboxes{`+on+`})) - sum(mapigate_outbox_watched{`+on+`})`, 1),
		graph("Messages by step", "claimed, queued and settled should be one line.", "ops",
			query{`sum by (step) (rate(mapigate_outbox_messages_total{` + on + `}[5m]))`, "{{step}}"}),
		graph("Failures", "Messages that could not be taken or settled; the log names their mailboxes.", "ops",
			query{`sum by (group, step) (rate(mapigate_outbox_messages_total{` + on + `, step=~"failed|set aside|lost to another"}[15m])) > 0`, "{{group}} {{step}}"}),
		graph("Queued by group", "By organisation and claim mode.", "ops", query{`sum by (group) (rate(mapigate_outbox_messages_total{` + on + `, step="queued"}[15m]))`, "{{group}}"}),
	}}
}
