package rtf

// htmlOriginal is the sink that gives encapsulated HTML back. [MS-OXRTFEX] 2.2.3.2
type htmlOriginal struct {
	r   *reader
	out output
}

func (h *htmlOriginal) tag(s string) { h.out.put(s) }

func (h *htmlOriginal) text(s string) {
	if !h.r.state.htmlrtf {
		h.out.put(s)
	}
}

func (h *htmlOriginal) end(e ending) {
	if h.r.state.htmlrtf {
		return
	}
	if e == endTab {
		h.out.put("\t")
	} else {
		h.out.put("\n")
	}
}

func (h *htmlOriginal) item(string) {}

func (h *htmlOriginal) close() {}
