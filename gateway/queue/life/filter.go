package life

import "github.com/mapigate/mapigate/gateway/queue"

const (
	usualPage = 100
	mostPage  = 1000
)

// PageSize is how many mails a list gives at once where so many are asked for.
func PageSize(limit int) int {
	if limit <= 0 {
		return usualPage
	}
	return min(limit, mostPage)
}

// FewAre is how many recipients are few: so many are found faster one by one than by a look at each mail's own.
const FewAre = 5000

// OnlyOdd tells whether all wanted states are those that need somebody's attention, which few recipients are in.
func OnlyOdd(states []queue.State) bool {
	for _, s := range states {
		if s != queue.Failed && s != queue.Expired && s != queue.Held {
			return false
		}
	}
	return len(states) > 0
}

// Unfinished tells whether a filter wants mails alone that have something left to do.
func Unfinished(f queue.Filter) bool {
	for _, s := range f.States {
		if s.Final() {
			return false
		}
	}
	return len(f.States) > 0 || !f.All
}
