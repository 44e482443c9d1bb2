#include "core/expression_lexer.h"

#include <array>
#include <cmath>

#include "core/expression.h"
#include "core/text.h"

namespace galatea {

namespace {

using Kind = ExpressionToken::Kind;

bool isDigit(char c) {
    return c >= '0' && c <= '9';
}

bool isBlank(char c) {
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/// Symbols as they may be written, and as they are known.
struct Spelling {
    std::string_view written, known;
};
constexpr std::array spellings{Spelling{"&&", "&&"},
                               Spelling{"||", "||"},
                               Spelling{"==", "=="},
                               Spelling{"!=", "!="},
                               Spelling{"<=", "<="},
                               Spelling{">=", ">="},
                               Spelling{"<>", "!="},
                               Spelling{"**", "^"},
                               Spelling{"<", "<"},
                               Spelling{">", ">"},
                               Spelling{"!", "!"},
                               Spelling{"+", "+"},
                               Spelling{"-", "-"},
                               Spelling{"*", "*"},
                               Spelling{"/", "/"},
                               Spelling{"%", "%"},
                               Spelling{"^", "^"},
                               Spelling{"(", "("},
                               Spelling{")", ")"},
                               Spelling{",", ","},
                               Spelling{"\xe2\x89\xa4", "<="},
                               Spelling{"\xe2\x89\xa5", ">="},
                               Spelling{"\xe2\x89\xa0", "!="},
                               Spelling{"\xe2\x88\x92", "-"}};

} // namespace

bool startsName(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || static_cast<signed char>(c) < 0;
}

bool continuesName(char c) {
    return startsName(c) || isDigit(c) || c == '.';
}

ExpressionToken ExpressionLexer::made(Kind kind, size_t begin, std::string text) const {
    ExpressionToken token;
    token.kind = kind;
    token.text = std::move(text);
    token.begin = begin;
    token.end = at_;
    return token;
}

ExpressionToken ExpressionLexer::next() {
    while (at_ < text_.size() && isBlank(text_[at_]))
        ++at_;
    if (at_ == text_.size())
        return made(Kind::End, at_, {});
    const char c = text_[at_];
    if (isDigit(c) || (c == '.' && at_ + 1 < text_.size() && isDigit(text_[at_ + 1])))
        return number();
    if (c == '"' || c == '\'' || c == '`')
        return quoted(c);
    for (const Spelling& spelling : spellings)
        if (text_.substr(at_).starts_with(spelling.written))
            return symbol();
    return startsName(c) ? name() : symbol();
}

ExpressionToken ExpressionLexer::number() {
    const size_t begin = at_;
    bool point = false, exponent = false;
    for (; at_ < text_.size(); ++at_) {
        const char c = text_[at_];
        if (isDigit(c))
            continue;
        if (c == '.' && !point && !exponent) {
            point = true;
        } else if ((c == 'e' || c == 'E') && !exponent && at_ + 1 < text_.size()) {
            const size_t sign = text_[at_ + 1] == '+' || text_[at_ + 1] == '-' ? 1 : 0;
            if (at_ + 1 + sign >= text_.size() || !isDigit(text_[at_ + 1 + sign]))
                break;
            exponent = true;
            at_ += sign;
        } else {
            break;
        }
    }
    std::string written(text_.substr(begin, at_ - begin));
    if (at_ < text_.size() && continuesName(text_[at_])) {
        while (at_ < text_.size() && continuesName(text_[at_]))
            ++at_;
        throw ExpressionError(begin, at_ - begin,
                              "'" + escaped(text_.substr(begin, at_ - begin)) +
                                  "' is neither a number nor a name",
                              "put names that begin with a digit in `backquotes`");
    }
    ExpressionToken token = made(Kind::Number, begin, written);
    if (written.ends_with('.'))
        written += '0';
    if (written.starts_with('.'))
        written.insert(0, 1, '0');
    if (!parseNumber(written, token.number) || !std::isfinite(token.number))
        throw ExpressionError(begin, at_ - begin, "the number " + written + " is too large or too small",
                              "numbers reach from 1e-308 to 1e308");
    long long integer = 0;
    token.whole = parseInteger(written, integer);
    token.integer = integer;
    return token;
}

ExpressionToken ExpressionLexer::quoted(char mark) {
    const size_t begin = at_++;
    std::string content;
    while (at_ < text_.size() && text_[at_] != mark) {
        char c = text_[at_++];
        if (c == '\\' && mark != '`' && at_ < text_.size()) {
            c = text_[at_++];
            c = c == 'n' ? '\n' : c == 't' ? '\t' : c;
        }
        content += c;
    }
    if (at_ == text_.size())
        throw ExpressionError(begin, at_ - begin,
                              std::string("the quotation mark ") + mark + " opened here is not closed",
                              std::string("add ") + mark + " where it ends");
    ++at_;
    ExpressionToken token = made(mark == '`' ? Kind::Name : Kind::Text, begin, std::move(content));
    token.quoted = mark == '`';
    return token;
}

ExpressionToken ExpressionLexer::name() {
    const size_t begin = at_;
    while (at_ < text_.size() && continuesName(text_[at_])) {
        // A comparison sign of Unicode is no part of a name.
        bool sign = false;
        for (const Spelling& spelling : spellings)
            sign = sign || (spelling.written.size() > 2 && text_.substr(at_).starts_with(spelling.written));
        if (sign)
            break;
        ++at_;
    }
    return made(Kind::Name, begin, std::string(text_.substr(begin, at_ - begin)));
}

ExpressionToken ExpressionLexer::symbol() {
    const size_t begin = at_;
    for (const Spelling& spelling : spellings)
        if (text_.substr(at_).starts_with(spelling.written)) {
            at_ += spelling.written.size();
            return made(Kind::Symbol, begin, std::string(spelling.known));
        }
    const char c = text_[at_];
    const std::string cure = c == '='   ? "write == to compare"
                             : c == '&' ? "write && or and"
                             : c == '|' ? "write || or or"
                                        : "see the help for what an expression may hold";
    throw ExpressionError(begin, 1, "'" + escaped(text_.substr(at_, 1)) + "' means nothing here", cure);
}

} // namespace galatea
