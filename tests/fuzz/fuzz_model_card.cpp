// Model cards. What is accepted is written back as it was understood.

#include <cstdlib>
#include <string>

#include "core/error.h"
#include "models/card.h"

using namespace galatea;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    const std::string text(reinterpret_cast<const char*>(data), size);
    for (const CardRules rules : {CardRules::Complete, CardRules::Partial}) {
        try {
            const ModelCard card = parseCard(text, "input", rules);
            if (rules == CardRules::Partial)
                continue; // may lack what a written card must have
            const std::string written = cardText(card);
            if (cardText(parseCard(written, "written")) != written)
                std::abort();
        } catch (const InputError&) {
        }
    }
    return 0;
}
