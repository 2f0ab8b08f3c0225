#include "wire/smtp/data_decoder.h"

namespace mansio::wire::smtp {

std::size_t DataDecoder::decode(std::string_view buffer, std::string& out)
{
    std::size_t used = 0;
    while (used < buffer.size() && m_state != State::done) {
        if (m_state == State::text)
            used += copy_text(buffer.substr(used), out);
        else
            step(buffer[used++], out);
    }
    return used;
}

/// Copies up to and with the next line feed that a dot follows, or the last byte: the only places where
/// something can happen.
std::size_t DataDecoder::copy_text(std::string_view buffer, std::string& out)
{
    const std::size_t found = find_line_dot(buffer);
    const std::size_t size = found == buffer.npos ? buffer.size() : found + 1;
    const char before = size > 1 ? buffer[size - 2] : m_ends.previous();
    m_ends.copy(buffer.substr(0, size), out);
    if (buffer[size - 1] == '\n')
        m_state = before == '\r' ? State::line_start : State::after_lf;
    return size;
}

void DataDecoder::copy_byte(char c, std::string& out)
{
    const bool after_cr = m_ends.previous() == '\r';
    m_ends.copy({&c, 1}, out);
    if (c != '\n')
        m_state = State::text;
    else
        m_state = after_cr ? State::line_start : State::after_lf;
}

// State        byte   then
// line_start   .      dot (not copied yet)
// dot          CR     dot_cr; anything else: the dot was transparency, copy the byte
// dot_cr       LF     done;   anything else: copy CR, then the byte
// after_lf     .      lf_dot
// lf_dot       .      normalising: the sender takes LF for a line end and doubled the dot: one is copied
// lf_dot       else   the dot is text
void DataDecoder::step(char c, std::string& out)
{
    switch (m_state) {
    case State::line_start:
        if (c != '.')
            return copy_byte(c, out);
        m_state = State::dot;
        return;
    case State::dot:
        m_ends.skip('.');
        if (c != '\r')
            return copy_byte(c, out);
        m_state = State::dot_cr;
        return;
    case State::dot_cr:
        if (c == '\n') {
            m_state = State::done;
            return;
        }
        m_ends.copy("\r", out);
        return copy_byte(c, out);
    case State::after_lf:
        if (c != '.')
            return copy_byte(c, out);
        m_state = State::lf_dot;
        return;
    case State::lf_dot:
        if (c != '.' || m_mode == BareLineEnds::keep)
            m_ends.copy(".", out);
        return copy_byte(c, out);
    case State::text:
    case State::done: break;
    }
}

} // namespace mansio::wire::smtp
