#include "wire/smtp/data_encoder.h"

namespace mansio::wire::smtp {

void DataEncoder::add(std::string_view piece, std::string& out)
{
    m_piece.clear();
    m_ends.copy(piece, m_piece);
    stuff(m_piece, out);
}

void DataEncoder::stuff(std::string_view piece, std::string& out)
{
    if (piece.empty())
        return;
    if (m_line_start && piece.front() == '.')
        out += '.';
    m_line_start = piece.back() == '\n'; // all line feeds have their CR by now
    while (true) {
        const std::size_t found = find_line_dot(piece);
        if (found == piece.npos)
            break;
        out.append(piece.substr(0, found + 1)).append(".");
        piece.remove_prefix(found + 1);
    }
    out.append(piece);
}

void DataEncoder::finish(std::string& out)
{
    m_piece.clear();
    m_ends.finish(m_piece);
    stuff(m_piece, out);
    out += m_line_start ? ".\r\n" : "\r\n.\r\n";
    *this = {};
}

std::string dot_stuff(std::string_view message)
{
    std::string out;
    out.reserve(message.size() + message.size() / 64 + 8);
    DataEncoder encoder;
    encoder.add(message, out);
    encoder.finish(out);
    return out;
}

} // namespace mansio::wire::smtp
